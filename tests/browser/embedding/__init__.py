"""Tests in real browsers of pages of others."""
