"""What set-up fetches: verified, whole or not there, resumed after a failure, never more than is needed."""

import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.registry import NOISE, Registry, digest, everything_in, full_disk, publish, wheel
from tools.common import files, paths, progress
from tools.common.progress import SetupError
from tools.setup import photos, pyodide_wheels, samples, wheels


@pytest.fixture
def registry() -> Iterator[Registry]:
    with Registry() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def index(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> Registry:
    """The registry as the one index that pip knows."""
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", f"{registry.address}/simple/")
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return registry


def test_pip_says_where_wheels_are(index: Registry) -> None:
    one = publish(index, "photo_samples", "1.2", wheel("photo_samples", "1.2", {"a.png": b"a"}))
    two = publish(index, "other", "3", wheel("other", "3", {"b.png": b"b"}))
    found = wheels.locate("photo-samples==1.2", "other==3")
    assert {name: address.split("#")[0] for name, address in found.items()} == {
        "photo-samples==1.2": one,
        "other==3": two,
    }
    assert wheels.locate() == {}


def test_a_package_that_is_not_there_is_named(index: Registry) -> None:
    with pytest.raises(SetupError, match=r"Finding no-such-photos==1 in the Python package index failed\."):
        wheels.locate("no-such-photos==1")


def test_only_the_wanted_members_are_fetched(registry: Registry) -> None:
    content = wheel("big", "1", {"large.bin": NOISE, "a/small.png": b"small", "b/other.png": b"other"})
    address = publish(registry, "big", "1", content)
    wanted = {"a/small.png": digest(b"small"), "b/other.png": digest(b"other")}
    assert dict(wheels.read("big==1", wanted, address)) == {"a/small.png": b"small", "b/other.png": b"other"}
    assert registry.sent < len(content) / 10


def test_a_wheel_on_this_machine_is_read_too(tmp_path: Path) -> None:
    path = files.write(tmp_path / "a b.whl", wheel("a", "1", {"x": b"1"}))
    assert list(wheels.read("a==1", {"x": digest(b"1")}, path.as_uri())) == [("x", b"1")]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("wrong content", "its sha256 is"),
        ("no such member", "has no a.png"),
        ("broken off", "If the network was down"),
        ("no ranges", "If the network was down"),
        ("gone", "If the network was down"),
        ("no zip", "If the network was down"),
    ],
)
def test_what_can_go_wrong_with_a_wheel(registry: Registry, change: str, message: str) -> None:
    member = "b.png" if change == "no such member" else "a.png"
    content = wheel("w", "1", {member: b"altered" if change == "wrong content" else b"right", "z.bin": NOISE})
    address = publish(registry, "w", "1", b"no zip at all" * 99 if change == "no zip" else content)
    if change == "broken off":
        registry.break_off = 100
    elif change == "no ranges":
        registry.ranges = False
    elif change == "gone":
        registry.contents.clear()
    with pytest.raises(SetupError, match=message):
        list(wheels.read("w==1", {"a.png": digest(b"right")}, address))


NUMPY, PILLOW = b"numpy" * 1000, b"pillow" * 1000


@pytest.fixture
def lock(tmp_path: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Pyodide lock of two packages, with the registry as the CDN and as the wheel's place."""
    packages = {
        name: {"file_name": f"{name}.whl", "sha256": digest(content)}
        for name, content in (("numpy", NUMPY), ("pillow", PILLOW))
    }
    folder = pyodide_wheels.WHEEL_FOLDER
    inside = {f"{folder}numpy.whl": NUMPY, f"{folder}pillow.whl": PILLOW}
    address = publish(registry, "open_webui", "0.9.6", wheel("open_webui", "0.9.6", inside))
    registry.contents["/cdn/numpy.whl"] = NUMPY
    registry.contents["/cdn/pillow.whl"] = PILLOW
    monkeypatch.setattr(pyodide_wheels, "CDN", f"{registry.address}/cdn/")
    monkeypatch.setattr(wheels, "locate", lambda *names: dict.fromkeys(names, address))
    return files.write(tmp_path / "vendor/pyodide-lock.json", json.dumps({"packages": packages}).encode())


def fetched(lock: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in lock.parent.iterdir() if path != lock}


BOTH = {"numpy.whl": NUMPY, "pillow.whl": PILLOW}


def test_pyodide_wheels_come_from_the_cdn_first(lock: Path, registry: Registry) -> None:
    made = pyodide_wheels.fetch(lock, progress.Step("test"))
    assert fetched(lock) == BOTH
    assert sorted(path.name for path in made) == ["numpy.whl", "pillow.whl"]
    assert registry.asked == ["/cdn/numpy.whl", "/cdn/pillow.whl"]


@pytest.mark.parametrize("trouble", ["gone", "broken off", "altered"])
def test_pyodide_wheels_come_from_the_other_source_else(lock: Path, registry: Registry, trouble: str) -> None:
    if trouble == "gone":
        del registry.contents["/cdn/numpy.whl"]
    elif trouble == "broken off":
        registry.contents["/cdn/numpy.whl"] = NUMPY[:-1]
    else:
        registry.contents["/cdn/numpy.whl"] = NUMPY.upper()
    pyodide_wheels.fetch(lock, progress.Step("test"))
    assert fetched(lock) == BOTH


def test_an_interrupted_download_resumes(lock: Path, registry: Registry) -> None:
    good = dict(registry.contents)
    registry.contents = {"/cdn/numpy.whl": NUMPY}
    with pytest.raises(SetupError) as caught:
        pyodide_wheels.fetch(lock, progress.Step("test"))
    assert "Could not get pillow.whl from either source." in str(caught.value)
    assert fetched(lock) == {"numpy.whl": NUMPY}
    registry.contents, registry.asked = good, []
    pyodide_wheels.fetch(lock, progress.Step("test"))
    assert fetched(lock) == BOTH
    assert registry.asked == ["/cdn/pillow.whl"]
    registry.asked = []
    pyodide_wheels.fetch(lock, progress.Step("test"))
    assert registry.asked == []


def test_nothing_half_written_when_a_download_breaks_off(lock: Path, registry: Registry) -> None:
    registry.break_off = 100
    with pytest.raises(SetupError, match=r"Could not get numpy\.whl and pillow\.whl"):
        pyodide_wheels.fetch(lock, progress.Step("test"))
    assert fetched(lock) == {}


def test_a_file_with_other_content_is_replaced(lock: Path) -> None:
    (lock.parent / "numpy.whl").write_bytes(b"half")
    pyodide_wheels.fetch(lock, progress.Step("test"))
    assert fetched(lock) == BOTH


def test_no_room_for_a_wheel(lock: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full_disk(monkeypatch)
    with pytest.raises(SetupError, match="disk is full"), progress.step("numpy and pillow"):
        pyodide_wheels.fetch(lock, progress.Step("test"))
    assert fetched(lock) == {}


def test_photos_are_fetched_once(tmp_path: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    address = publish(registry, "p", "1", wheel("p", "1", {"x/cat.png": b"cat", "x/dog.png": b"dog"}))
    table = [
        photos.Photo(name, "p==1", f"x/{name}.png", digest(name.encode()), "CC0", f"a {name}")
        for name in ("cat", "dog")
    ]
    monkeypatch.setattr(photos, "PHOTOS", table)
    monkeypatch.setattr(wheels, "locate", lambda *names: dict.fromkeys(names, address))
    assert [path.name for path in photos.fetch_photos(tmp_path, ("dog",))] == ["dog.png"]
    assert everything_in(tmp_path) == ["dog.png"]
    assert [path.name for path in photos.fetch_photos(tmp_path)] == ["cat.png", "dog.png"]
    asked = len(registry.asked)
    photos.fetch_photos(tmp_path)
    assert len(registry.asked) == asked


def test_there_are_enough_different_photos() -> None:
    assert len({photo.sha256 for photo in photos.PHOTOS}) == len(photos.PHOTOS) >= 12
    assert len({photo.name for photo in photos.PHOTOS}) == len(photos.PHOTOS)
    assert all(photo.licence and photo.shows for photo in photos.PHOTOS)


def test_samples_may_be_shown_to_everybody() -> None:
    licences = {photo.name: photo.licence for photo in photos.PHOTOS}
    assert {licences[sample.name] for sample in samples.SAMPLES} <= {"CC0", "public domain"}
    listing = json.loads((paths.SAMPLES / "samples.json").read_text("utf-8"))
    assert [set(entry) for entry in listing] == [{"file", "title", "credit", "licence"}] * len(
        samples.SAMPLES
    )
    for entry in listing:
        assert (paths.SAMPLES / entry["file"]).read_bytes().startswith(b"\xff\xd8")
    assert (paths.MODELS / "check.jpg").read_bytes().startswith(b"\xff\xd8")
