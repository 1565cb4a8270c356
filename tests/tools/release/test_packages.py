"""The wheel and the archive for pages of others: what is in them, that they install, and that they run.

tests/browser/embedding/test_examples.py runs both in a page.
"""

import ast
import base64
import csv
import gzip
import hashlib
import io
import json
import os
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

from detector.version import VERSION
from tools.common import paths
from tools.release import packages
from tools.serve import content, generated

PICTURE = paths.MODELS / "check.jpg"
ROOM = {name: value for name, value in os.environ.items() if name not in ("ONLOOKER_MODELS", "PYTHONPATH")}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("packages") / Path(packages.WHEEL).name
    path.write_bytes(packages.wheel(paths.ROOT))
    return path


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a fresh environment, in which pip has put the wheel, and nothing else."""
    folder = tmp_path_factory.mktemp("fresh")
    venv.create(folder, with_pip=True, symlinks=True)
    python = folder / "bin" / "python"
    command = [python, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", wheel]
    subprocess.run(
        [*command, "--disable-pip-version-check"], check=True, capture_output=True, env=ROOM, cwd=folder
    )
    return python


@pytest.fixture(scope="module")
def complete(installed: Path) -> Path:
    """The same with what the wheel requires: the packages that the tests run with."""
    command = [installed, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    site = subprocess.run(command, check=True, capture_output=True, text=True, env=ROOM).stdout.strip()
    Path(site, "required.pth").write_text(sysconfig.get_path("purelib") + "\n", "utf-8")
    return installed


def ran(python: Path, folder: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [str(python), *map(str, arguments)]
    return subprocess.run(command, cwd=folder, env=ROOM, capture_output=True, text=True, check=False)


def test_the_same_files_give_the_same_bytes() -> None:
    for maker in (packages.wheel, packages.archive):
        first = maker(paths.ROOT)
        packages._wheel.cache_clear()
        packages._archive.cache_clear()
        assert maker(paths.ROOT) == first


def test_the_record_names_every_file_with_its_hash_and_size(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        record = f"{packages.INFO}/RECORD"
        rows = list(csv.reader(io.StringIO(archive.read(record).decode())))
        assert [row[0] for row in rows] == names and names[-1] == record and rows[-1] == [record, "", ""]
        for name, digest, size in rows[:-1]:
            data = archive.read(name)
            expected = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            assert (digest, int(size)) == (f"sha256={expected}", len(data)), name


def test_the_wheel_is_all_of_the_package_with_its_types_and_papers(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        inside = {name: archive.read(name) for name in archive.namelist()}
    modules = {path.relative_to(paths.ROOT).as_posix() for path in (paths.ROOT / "detector").rglob("*.py")}
    info = {f"{packages.INFO}/{name}" for name in ("METADATA", "WHEEL", "RECORD")}
    papers = {f"{packages.INFO}/licenses/{name}" for name in ("LICENSE", "NOTICE")}
    assert set(inside) == {*modules, "detector/py.typed", *info, *papers}
    assert inside[f"{packages.INFO}/licenses/LICENSE"] == (paths.ROOT / "LICENSE").read_bytes()
    assert b"Tag: py3-none-any" in inside[f"{packages.INFO}/WHEEL"]
    project = tomllib.loads((paths.ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    told = inside[f"{packages.INFO}/METADATA"].decode()
    assert f"\nVersion: {project['version']}\n" in told
    assert f"\nRequires-Python: {project['requires-python']}\n" in told
    assert f"\nLicense-Expression: {project['license']}\n" in told


def test_a_page_needs_no_other_package_and_cpython_those_it_imports(wheel: Path) -> None:
    imported = set()
    for path in (paths.ROOT / "detector").rglob("*.py"):
        if "browser" not in path.parts:
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                imported |= {name.split(".")[0] for name in names}
    others = imported - set(sys.stdlib_module_names) - {"detector"}
    known = {"PIL": "pillow"}
    others.discard("brotli")  # of the product alone (distribution.py)
    required = [line for line in packages.metadata().splitlines() if line.startswith("Requires-Dist")]
    extras = {name: extra for extra, name in packages.EXTRAS.items()}
    assert extras == {"av": "video"}
    assert sorted(required) == sorted(
        f"Requires-Dist: {known.get(name, name)}; "
        + (f'extra == "{extras[name]}"' if name in extras else 'sys_platform != "emscripten"')
        for name in others
    )
    assert "Provides-Extra: video" in packages.metadata().splitlines()


def test_pip_installs_it_and_its_core_needs_nothing(installed: Path, tmp_path: Path) -> None:
    code = "import detector, detector.vision.boxes; print(detector.__file__, detector.Settings().model)"
    done = ran(installed, tmp_path, "-c", code)
    assert done.returncode == 0, done.stderr
    assert str(installed.parents[1]) in done.stdout and "coco-ssd-lite" in done.stdout
    done = ran(installed, tmp_path, "-m", "detector", "photo.jpg")
    assert done.returncode == 5 and "pip install onnxruntime numpy pillow" in done.stderr
    assert "Traceback" not in done.stderr
    listed = json.loads(
        ran(installed, tmp_path, "-m", "pip", "list", "--format=json", "--disable-pip-version-check").stdout
    )
    assert {"name": "detector", "version": VERSION} in listed


def test_the_command_runs_from_the_wheel_with_models_of_a_bundle(complete: Path, tmp_path: Path) -> None:
    done = ran(complete, tmp_path, "-m", "detector", PICTURE)
    assert done.returncode == 5 and "--models" in done.stderr and "ONLOOKER_MODELS" in done.stderr
    assert "Traceback" not in done.stderr
    models = tmp_path / "models"  # as the bundle has them: with manifest.json alone
    models.mkdir()
    for name in ("manifest.json", "coco-ssd-lite.onnx"):
        (models / name).symlink_to(paths.MODELS / name)
    done = ran(complete, tmp_path, "-m", "detector", PICTURE, "--models", "models")
    assert done.returncode == 0, done.stderr
    assert ": cup 0.9" in done.stdout
    code = "import asyncio, detector; asyncio.run(detector.load(assets='.')); print('loaded')"
    assert ran(complete, tmp_path, "-c", code).stdout == "loaded\n"


TYPED = """
from detector import Detection, Result, load

async def main() -> None:
    detector = await load(threshold=0.4)
    found: list[Detection] = await detector.detect("photo.jpg")
    async for result in detector.stream(["photo.jpg"]):
        many: int = result.count("person")
        wrong: str = result.count("person")
        is_result: Result = result
"""


def test_mypy_sees_its_types(complete: Path, tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(TYPED, "utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", "--python-executable", complete, "program.py"]
    done = subprocess.run(
        [*map(str, command), "--cache-dir", str(tmp_path / "cache")],
        cwd=tmp_path,
        env=ROOM,
        capture_output=True,
        text=True,
        check=False,
    )
    errors = [line for line in done.stdout.splitlines() if ": error:" in line]
    assert len(errors) == 1, done.stdout + done.stderr
    assert errors[0].startswith("program.py:9: error:") and "Incompatible types" in errors[0]


def test_the_archive_has_what_a_page_needs_parents_first() -> None:
    made = packages.archive(paths.ROOT)
    assert made[4:8] == b"\0\0\0\0", "no time"
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(made))) as archive:
        names = archive.getnames()
        assert all(entry.isreg() and entry.mtime == 0 for entry in archive.getmembers())
    there: set[str] = set()
    for name in names:
        # PyScript makes one folder for a file at most, not those above it
        folder = Path(name).parent
        assert folder == Path("detector") or folder.parent.as_posix() in there
        there.add(folder.as_posix())
    modules = {path.relative_to(paths.ROOT).as_posix() for path in packages.modules(paths.ROOT)}
    assert set(names) == {*modules, "detector/LICENSE", "detector/NOTICE"}
    assert {
        "detector/__init__.py",
        "detector/browser/embedding/scripting.py",
        "detector/browser/network/session_factory.py",
    } <= modules
    assert not [name for name in names if "native" in name or "pillow" in name or "studio" in name]
    assert "detector/browser/page/app.py" not in names, "Onlooker's own page is not part of it"


def test_nothing_that_a_page_imports_is_missing_from_the_archive() -> None:
    found = packages.modules(paths.ROOT)
    names = {path.relative_to(paths.ROOT).with_suffix("").as_posix().replace("/", ".") for path in found}
    names |= {name.removesuffix(".__init__") for name in names}
    for path in found:
        tree = ast.parse(path.read_text("utf-8"))
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.If)
                and isinstance(node.test, ast.Name)
                and node.test.id == "TYPE_CHECKING"
            ):
                node.body = []  # for mypy alone
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("detector"):
                assert node.module in names or node.module == "detector.native", f"{path}: {node.module}"
    # By the lists of detector/by_name.py.
    assert {"detector.drawing.styles.full", "detector.drawing.styles.corners"} <= names


def test_they_are_served_and_follow_the_tree(tmp_path: Path) -> None:
    for name in packages.MAKERS:
        assert generated.make(name, paths.ROOT) == packages.MAKERS[name](paths.ROOT)
        assert generated.make(name, tmp_path) is None, "not there, and no error"
        assert content.mime_type(Path(name)) in ("application/zip", "application/gzip")


def test_the_examples_name_them_as_they_are() -> None:
    for config, name in (("micropython.toml", packages.ARCHIVE), ("pyodide.toml", packages.WHEEL)):
        told = tomllib.loads((paths.ROOT / "examples" / config).read_text("utf-8"))
        assert f"../{name}" in [*told.get("files", {}), *told.get("packages", [])]
