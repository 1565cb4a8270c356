"""`python -m detector photo.jpg`: what is in a photo, on the command line. native/command.py does it."""

import sys

from detector.native.command import main

if __name__ == "__main__":
    sys.exit(main())
