"""Tests of the core, for CPython and MicroPython alike: plain functions, plain asserts, no pytest.

On CPython, pytest collects these files; tests/test_micropython.py runs the same files on MicroPython in Node.
"""
