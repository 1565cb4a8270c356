"""Tests in real browsers of the panel."""
