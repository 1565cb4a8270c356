"""Tests in real browsers of where pictures come from."""
