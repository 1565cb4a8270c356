"""What Pillow does for CPython and for the studio alike: `native` and `studio` import it, and it imports the core."""

# Of a picture: 512 MB as RGBA. Any camera's fits, no bomb does; web/picture.js has the same.
MOST_PIXELS = 2**27
