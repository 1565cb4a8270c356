"""`python -m detector photo.jpg`: what is in a photo, on the command line. native/command.py does it."""

import sys

UNAVAILABLE = 5  # as in native/command.py, which can't be imported then

if __name__ == "__main__":
    try:
        from detector.native.command import main
    except ModuleNotFoundError as missing:
        if (missing.name or "").split(".")[0] not in ("onnxruntime", "numpy", "PIL"):
            raise
        print(
            f"python -m detector: The package {missing.name} is not installed. "
            "Run: python -m pip install onnxruntime numpy pillow",
            file=sys.stderr,
        )
        sys.exit(UNAVAILABLE)
    sys.exit(main())
