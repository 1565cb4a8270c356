"""`python -m detector`: on the known picture, with the real network."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from detector.native.command import main

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "models" / "check.jpg"


def test_it_names_what_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(PICTURE)]) == 0
    line = capsys.readouterr().out.splitlines()[0]
    assert line.startswith(f"{PICTURE}: cup 0.9")


def test_it_runs_as_a_module_and_gives_json() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "detector", str(PICTURE), "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    (line,) = done.stdout.splitlines()
    detail = json.loads(line)
    assert detail["file"] == str(PICTURE)
    assert (detail["version"], detail["source"], detail["provider"]) == (1, "image", "cpu")
    assert (detail["width"], detail["height"]) == (300, 300)
    assert detail["detections"][0]["class"] == "cup"
    assert len(detail["detections"][0]["bbox"]) == 4
    assert detail["timings"]["total"] > 0


def test_settings_are_passed_on(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(PICTURE), "--classes=-cup", "--threshold", "0.9"]) == 0
    assert capsys.readouterr().out == f"{PICTURE}: nothing found\n"


def test_it_draws_on_a_copy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "named.png"
    assert main([str(PICTURE), "--out", str(out)]) == 0
    with Image.open(out) as named, Image.open(PICTURE) as plain:
        assert named.size == plain.size == (300, 300)
        assert named.tobytes() != plain.convert("RGB").tobytes()


def test_a_photo_lying_on_its_side_is_turned_for_both(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sideways = tmp_path / "sideways.jpg"
    with Image.open(PICTURE) as picture:
        exif = Image.Exif()
        exif[0x0112] = 6  # to be turned a quarter to the right
        wide = Image.new("RGB", (300, 400), "grey")
        wide.paste(picture, (0, 50))
        wide.transpose(Image.Transpose.ROTATE_90).save(sideways, exif=exif)
    out = tmp_path / "upright.png"
    assert main([str(sideways), "--json", "--out", str(out)]) == 0
    detail = json.loads(capsys.readouterr().out)
    assert (detail["width"], detail["height"]) == (300, 400)
    assert "cup" in [detection["class"] for detection in detail["detections"]]
    with Image.open(out) as upright:
        assert upright.size == (300, 400)


def test_several_photos_go_into_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "other.png"
    with Image.open(PICTURE) as picture:
        picture.save(other)
    folder = tmp_path / "named"
    assert main([str(PICTURE), str(other), "--out", str(folder)]) == 1
    assert "is no folder" in capsys.readouterr().err
    folder.mkdir()
    assert main([str(PICTURE), str(other), "--out", str(folder)]) == 0
    assert sorted(path.name for path in folder.iterdir()) == ["check.png", "other.png"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["missing.jpg"], "missing.jpg"),
        ([__file__], "test_command.py"),
        ([str(PICTURE), "--threshold", "7"], "from 0 to 1"),
        ([str(PICTURE), "--model", "dragon"], "dragon"),
        ([str(PICTURE), "--provider", "webgpu"], "webgpu"),
        ([str(PICTURE), "--classes", "dragon"], "dragon"),
        ([str(PICTURE), "--out", "named.unknown"], "named.png"),
    ],
)
def test_what_goes_wrong_is_said_in_a_line(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 1
    message = capsys.readouterr().err
    assert told in message
    assert "Traceback" not in message
