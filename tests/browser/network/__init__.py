"""Tests in real browsers of the network: providers, sessions, what it computes."""
