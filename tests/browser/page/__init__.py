"""Tests in real browsers of the page around the picture."""
