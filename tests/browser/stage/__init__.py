"""Tests in real browsers of what is drawn."""
