"""Which of this project's changes to onnxruntime-web fit the version of package.json: set-up makes only those.

Without any of them the page runs on the build as it comes: slower, and right.
"""

import json
import tomllib
from collections.abc import Iterable
from pathlib import Path

from tools.common import files, paths

TABLE = Path(__file__).with_name("fits.toml")
GEMM, DEPTHWISE, TRIM, SNAPSHOT = "gemm", "depthwise", "trim", "snapshot"
PIECES = (
    GEMM,
    DEPTHWISE,
    TRIM,
    SNAPSHOT,
)  # in the order in which they are made, each of what those before it made
NONE: frozenset[str] = frozenset()

HEAD = (
    "# Written by `python3 -m tools update-runtime VERSION`: what of tools/runtime fits this version of\n"
    "# onnxruntime-web. Of any other version set-up takes the build as it comes.\n"
)


def version() -> str:
    """onnxruntime-web's, as package.json pins it."""
    return str(
        json.loads((paths.ROOT / "package.json").read_text("utf-8"))["dependencies"]["onnxruntime-web"]
    )


def pieces(wanted: str | None = None, table: Path = TABLE) -> frozenset[str]:
    """What fits a version; left out, it is the one of package.json."""
    told = tomllib.loads(table.read_text("utf-8"))
    return frozenset(told["fits"]) if told["version"] == (wanted or version()) else NONE


def write(wanted: str, fitting: Iterable[str], table: Path = TABLE) -> None:
    """Remember what fits a version."""
    listed = json.dumps([piece for piece in PIECES if piece in set(fitting)])
    files.write(table, f'{HEAD}version = "{wanted}"\nfits = {listed}\n'.encode())
