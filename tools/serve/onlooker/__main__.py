"""`onlooker serve` and `onlooker detect photo.jpg`."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from detector.errors import DetectorError
from detector.version import VERSION

PAGE = Path(__file__).parent / "page"
CERTIFICATE = Path.home() / ".onlooker" / "onlooker.pem"
USAGE, UNAVAILABLE = 2, 5  # exit codes, as in detector/native/command.py


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; give its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] == ["detect"]:
        return _detect(given[1:])
    parser = argparse.ArgumentParser(
        prog="onlooker", description="Watches a webcam and names what it sees, in a web page on this machine."
    )
    parser.add_argument("--version", action="version", version=f"onlooker {VERSION}")
    commands = parser.add_subparsers(dest="command", required=True)
    serve = commands.add_parser("serve", help="serve the page: open the address that is printed")
    serve.add_argument("--port", default="8000", help="8000; 0 takes any free one")
    serve.add_argument(
        "--host", default="127.0.0.1", help="an address of this machine (127.0.0.1); 0.0.0.0 for a room"
    )
    serve.add_argument(
        "--https",
        action="store_true",
        help="with a certificate that is made here: a camera works on other machines only so",
    )
    serve.add_argument(
        "--allow-embed",
        default="",
        metavar="ORIGINS",
        help='whose pages may show this one in theirs: "https://a.example http://localhost:8001"',
    )
    commands.add_parser(
        "detect", help="name what is in photos, on the command line: onlooker detect --help", add_help=False
    )
    chosen = parser.parse_args(given)
    from .command import Serving
    from .command import serve as run
    from .page_folder import PageFolder

    settings = Serving(
        host=chosen.host,
        port=chosen.port,
        https=chosen.https,
        allow_embed=chosen.allow_embed,
        certificate=CERTIFICATE,
        spelled=spelled,
    )
    try:
        return run(PageFolder(PAGE), settings)
    except DetectorError as error:
        print(f"onlooker serve: {error}", file=sys.stderr)
        return USAGE


def spelled(**settings: str) -> str:
    """How this command is asked for settings."""
    words = (f"--{name}" if name == "https" else f"--{name} {value}" for name, value in settings.items())
    return " ".join(["onlooker serve", *words])


def _detect(arguments: Sequence[str]) -> int:
    os.environ.setdefault("ONLOOKER_MODELS", str(PAGE / "models"))
    from detector.native.command import main as detect

    return detect(arguments, prog="onlooker detect")


if __name__ == "__main__":
    sys.exit(main())
