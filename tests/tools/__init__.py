"""Tests of tools/, room by room."""
