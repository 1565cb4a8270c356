"""The README's pictures: that the command takes them, and that those that stand there are of its kind."""

import re
from pathlib import Path

import pytest
from PIL import Image

from tools.common import paths
from tools.common.progress import SetupError
from tools.release import pictures

README = (paths.ROOT / "README.md").read_text("utf-8")


def check(folder: Path) -> None:
    moving = folder / pictures.MOVING
    assert moving.stat().st_size < 1_000_000
    with Image.open(moving) as picture:
        assert picture.format == "WEBP" and picture.size == pictures.SMALL
        assert picture.is_animated and picture.info["loop"] == 0
        assert picture.n_frames > 10
        lasts = 0
        for number in range(picture.n_frames):
            picture.seek(number)
            picture.load()
            lasts += picture.info["duration"]
        assert 0.8 < lasts / 1000 / pictures.SECONDS < 1.2
    with Image.open(folder / pictures.STILL) as picture:
        assert picture.format == "PNG" and picture.size == pictures.WIDE_WINDOW


def test_the_command_takes_them_of_the_page_as_it_is(tmp_path: Path) -> None:
    assert [path.name for path in pictures.take(tmp_path)] == [pictures.MOVING, pictures.STILL]
    check(tmp_path)


def test_those_of_the_readme_are_such_and_the_moving_one_stands_at_its_top() -> None:
    check(paths.ROOT / "docs")
    shown = re.findall(r"!\[(.+?)\]\((.+?)\)", README)
    assert [path for _, path in shown] == [f"docs/{pictures.MOVING}", f"docs/{pictures.STILL}"]
    assert all(len(words) > 20 for words, _ in shown), "what those read who see no pictures"
    assert README.index(pictures.MOVING) < README.index("## ")


def test_one_that_has_become_too_large_is_not_written(tmp_path: Path) -> None:
    noise = [(float(number), Image.effect_noise((600, 400), 200).convert("RGB")) for number in range(30)]
    with pytest.raises(SetupError, match="lower QUALITY"):
        pictures.write_moving(tmp_path / "large.webp", noise)
    assert not list(tmp_path.iterdir())
