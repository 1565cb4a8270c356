"""Tests in a real browser, with a real camera stream, the real network and real photographs."""
