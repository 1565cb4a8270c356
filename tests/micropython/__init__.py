"""Tests of what only MicroPython in JavaScript has. tests/test_micropython.py runs them."""
