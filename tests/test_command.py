"""`python -m detector`: on the known picture, with the real network."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from detector.native import command
from detector.native.command import FOUND, NOTHING, UNAVAILABLE, UNREADABLE, UNWRITABLE, USAGE, main

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "models" / "check.jpg"


def ran(*arguments: object, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """The command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "detector", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        check=False,
        input=stdin,
    )


@pytest.fixture
def album(tmp_path: Path) -> Path:
    """A folder with a photo, one below it of the same name, an empty picture, and a text."""
    folder = tmp_path / "album"
    (folder / "below").mkdir(parents=True)
    shutil.copy(PICTURE, folder / "cup.JPG")
    shutil.copy(PICTURE, folder / "below" / "cup.jpg")
    Image.new("RGB", (40, 30), "grey").save(folder / "grey.png")
    (folder / "notes.txt").write_text("no picture")
    return folder


def test_it_names_what_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(PICTURE)]) == FOUND == 0
    line = capsys.readouterr().out.splitlines()[0]
    assert line.startswith(f"{PICTURE}: cup 0.9")


def test_a_heic_photo_is_named_and_what_to_do_with_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photo = tmp_path / "IMG_0001.HEIC"
    photo.write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(1000))
    assert main([str(photo), str(PICTURE)]) == UNREADABLE
    told = capsys.readouterr()
    assert "IMG_0001.HEIC is a HEIC photo" in told.err and "Save it as JPEG" in told.err
    assert "cup" in told.out, "the other is looked at all the same"


def test_it_runs_as_a_module_and_gives_json() -> None:
    done = ran(PICTURE, "--json")
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    detail = json.loads(line)
    assert detail["file"] == str(PICTURE)
    assert (detail["version"], detail["source"], detail["provider"]) == (1, "image", "cpu")
    assert (detail["width"], detail["height"]) == (300, 300)
    assert detail["detections"][0]["class"] == "cup"
    assert len(detail["detections"][0]["bbox"]) == 4
    assert detail["timings"]["total"] > 0


def test_settings_are_passed_on_and_nothing_found_is_an_exit_code_of_its_own(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main([str(PICTURE), "--classes=-cup", "--threshold", "0.9"]) == NOTHING == 1
    assert capsys.readouterr().out == f"{PICTURE}: nothing found\n"


def test_a_folder_is_all_pictures_in_it_and_below_in_order(
    album: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(album), "--json"]) == FOUND
    details = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    names = [Path(detail["file"]).relative_to(album).as_posix() for detail in details]
    assert names == ["below/cup.jpg", "cup.JPG", "grey.png"]
    assert details[0]["detections"] == details[1]["detections"] != []
    assert details[2]["detections"] == []


def test_a_picture_comes_through_standard_input(tmp_path: Path) -> None:
    out = tmp_path / "named.png"
    done = ran("-", "--draw", out, stdin=PICTURE.read_bytes())
    assert done.returncode == FOUND, done.stderr
    assert done.stdout.startswith(b"-: cup 0.9")
    with Image.open(out) as named:
        assert named.size == (300, 300)
    for bad in (b"", b"no picture", PICTURE.read_bytes()[:2000]):
        done = ran("-", stdin=bad)
        assert done.returncode == UNREADABLE == 3
        assert b"standard input" in done.stderr and b"Traceback" not in done.stderr
    assert main(["-", "-"]) == USAGE


def test_who_reads_only_the_beginning_gets_no_complaint(album: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "detector", str(album)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == command.CUT_OFF == 141


def test_it_draws_on_a_copy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "named.png"
    assert main([str(PICTURE), "--draw", str(out)]) == 0
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
    assert main([str(sideways), "--json", "--draw", str(out)]) == 0
    detail = json.loads(capsys.readouterr().out)
    assert (detail["width"], detail["height"]) == (300, 400)
    assert "cup" in [detection["class"] for detection in detail["detections"]]
    with Image.open(out) as upright:
        assert upright.size == (300, 400)


def test_several_photos_go_into_a_folder_each_under_a_name_of_its_own(
    album: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "new" / "named"
    assert main([str(album), str(PICTURE), "--draw", str(folder)]) == 0
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["check.png", "cup-2.png", "cup.png", "grey.png"]
    file = folder / "cup.png"
    assert main([str(album), "--draw", str(file)]) == USAGE
    assert "is no folder" in capsys.readouterr().err
    assert main([str(album), "--draw", str(file / "below")]) == UNWRITABLE


def test_one_bad_photo_does_not_keep_the_others_from_being_looked_at(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    assert main([__file__, "missing.jpg", str(empty), str(PICTURE)]) == UNREADABLE == 3
    told = capsys.readouterr()
    assert f"{PICTURE}: cup" in told.out
    assert len(told.err.splitlines()) == 3
    assert "There are no pictures in" in told.err


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["missing.jpg"], UNREADABLE, "missing.jpg"),
        ([__file__], UNREADABLE, "test_command.py"),
        ([str(PICTURE), "--threshold", "7"], USAGE, "from 0 to 1"),
        ([str(PICTURE), "--model", "dragon"], UNAVAILABLE, "dragon"),
        ([str(PICTURE), "--models", "nowhere"], UNAVAILABLE, "nowhere"),
        ([str(PICTURE), "--provider", "webgpu"], UNAVAILABLE, "webgpu"),
        ([str(PICTURE), "--classes", "dragon"], USAGE, "dragon"),
        ([str(PICTURE), "--draw", "named.unknown"], UNWRITABLE, "named.png"),
    ],
)
def test_what_goes_wrong_is_said_in_a_line_and_by_the_exit_code(
    arguments: list[str], code: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == code
    message = capsys.readouterr().err
    assert told in message
    assert len(message.splitlines()) == 1


def test_the_help_tells_the_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    told = capsys.readouterr().out
    assert command.EXITS.strip() in told
    assert [int(line.split()[0]) for line in command.EXITS.splitlines()[1:]] == list(range(6))
    with pytest.raises(SystemExit) as ended:
        main([])
    assert ended.value.code == USAGE == 2
