"""The tests. tests/core runs on CPython and on MicroPython, tests/browser in browsers; tests/tools is about tools/."""
