"""The server and what it sends."""
