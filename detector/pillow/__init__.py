"""What Pillow does for CPython and for the studio alike: `native` and `studio` import it, and it imports the core."""
