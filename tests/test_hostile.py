"""Bad input through CPython's entry points: bombs, and thousands of spoiled pictures, settings and manifests."""

import io
import json
import resource
import time
from collections import Counter
from pathlib import Path

import pytest

from detector.errors import InputError, MediaError, ModelFormatError
from detector.model import Manifest
from detector.native.command import main
from detector.native.frames import opened, rgba, size_of
from detector.pillow import MOST_PIXELS
from detector.settings import NAMES, parse
from detector.studio import service
from tests import hostile
from tools.common import paths

GIGABYTE = 2**30


def growth(before: int) -> int:
    """By how many bytes the most memory that this process ever held has grown."""
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024


@pytest.fixture
def most_memory() -> int:
    """The most that this process held up to now, in kB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


@pytest.mark.parametrize("name", hostile.bombs())
def test_a_bomb_is_refused_before_its_pixels_are_read(name: str, most_memory: int) -> None:
    with pytest.raises(MediaError) as caught:
        opened(io.BytesIO(hostile.bombs()[name]), name)
    assert (
        f"{name} has too many pixels" in str(caught.value) or name == "bomb.avif"
    )  # libavif has its own limit
    assert growth(most_memory) < 100_000_000


def test_the_limit_is_told_and_the_same_everywhere() -> None:
    with pytest.raises(MediaError, match=r"bomb.png has too many pixels.*up to 134 megapixels"):
        opened(io.BytesIO(hostile.bombs()["bomb.png"]), "bomb.png")
    script = (paths.ROOT / "web" / "picture.js").read_text("utf-8")
    assert "MOST_PIXELS = 2 ** 27;" in script and MOST_PIXELS == 2**27
    told = service.answer(
        "save",
        {"pixels": b"", "width": 60000, "height": 60000, "found": [], "mirror": False, "type": "image/png"},
    )
    assert told["error"]["code"] == "bad-input" and "too many" in told["error"]["message"]  # type: ignore[index]


@pytest.mark.parametrize("name", hostile.stuffed())
def test_what_is_stuffed_into_the_margins_is_not_unpacked(name: str, most_memory: int) -> None:
    try:
        opened(io.BytesIO(hostile.stuffed()[name]), name)
    except MediaError as error:
        assert name in str(error)
    assert growth(most_memory) < GIGABYTE // 2


@pytest.mark.parametrize("name", list(hostile.odd()))
def test_what_is_no_picture_is_named(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / name).write_bytes(hostile.odd()[name])
    assert main([str(tmp_path / name)]) != 0
    told = capsys.readouterr().err
    assert name in told and "Traceback" not in told


def test_an_animation_is_its_first_frame() -> None:
    for kind, how in hostile.KINDS:
        if how.get("save_all"):
            first = opened(io.BytesIO(hostile.saved(kind, **how)), kind).convert("L")
            assert first.getextrema()[1] > 50, "the second is black"  # type: ignore[operator]


def test_thousands_of_spoiled_pictures() -> None:
    outcome: Counter[str] = Counter()
    for number, content in enumerate(hostile.images(2000)):
        began = time.process_time()
        try:
            frame = opened(io.BytesIO(content), "a picture")
            width, height = size_of(frame)
            assert width > 0 and height > 0
            assert rgba(frame, 300).shape == (1, 300, 300, 4)
            outcome["read"] += 1
        except (MediaError, InputError) as error:
            outcome[error.code] += 1
        assert time.process_time() - began < 10, number
    assert outcome["media"] > 500 and outcome["read"] > 100, outcome


def test_thousands_of_bad_addresses() -> None:
    for pairs in hostile.queries(2000):
        settings, problems = parse(pairs)
        assert len(problems) <= 21 and all(len(problem) < 2000 for problem in problems)
        again, none = parse(settings.as_query())
        assert not none, pairs
        assert [getattr(again, name) for name in NAMES] == [getattr(settings, name) for name in NAMES]


def test_thousands_of_bad_manifests() -> None:
    refused = 0
    for text in hostile.manifests(2000):
        try:
            models = Manifest.from_dict(json.loads(text)).models
        except ModelFormatError as error:
            assert len(str(error)) < 500
            refused += 1
            continue
        except (
            ValueError,
            RecursionError,
        ):  # no JSON: native/session.py and network/downloads/manifest.py say so
            refused += 1
            continue
        for model in models:
            assert "/" not in model.file and 0 < model.size <= GIGABYTE and len(model.sha256) == 64
    assert refused > 1000
