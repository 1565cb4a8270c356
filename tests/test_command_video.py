"""`python -m detector clip.mp4`: videos that the test has made, with the real network."""

import asyncio
import csv
import gc
import io
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image, ImageChops

import detector
from detector.errors import MediaError
from detector.exports.csv_export import as_csv
from detector.exports.look import Look
from detector.native.command import (
    FOUND,
    INTERRUPTED,
    NOTHING,
    UNREADABLE,
    UNWRITABLE,
    USAGE,
    main,
)
from detector.native.progress import Progress, clock_time
from detector.native.video import reader, writer
from detector.native.video.containers import is_cut_off, is_video
from detector.native.video.reader import Video
from detector.native.video.steps import Steps
from detector.vision import MOST_VIDEO_PIXELS
from tests.hostile import dice
from tests.video_clips import (
    CODECS,
    SIZE,
    crossing,
    drifting,
    photo,
    read_back,
    write_clip,
    write_jpegs,
    write_sound,
)

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "models" / "check.jpg"
NEAR = 8  # pixels: what a codec does to a picture moves its boxes by less
LIMIT_S = 120
BLACK = Image.new("RGB", SIZE)

Plain = dict[str, object]


def json_of(capsys: pytest.CaptureFixture[str], *arguments: object, code: int = FOUND) -> list[Plain]:
    """What the command prints, which ends with this code."""
    assert main([*map(str, arguments), "--json"]) == code, capsys.readouterr().err
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def box_of(line: Plain, label: str) -> tuple[float, ...]:
    """Where the best of a class is."""
    detections = line["detections"]
    assert isinstance(detections, list)
    return tuple(next(found["bbox"] for found in detections if found["class"] == label))


def is_near(one: Sequence[float], other: Sequence[float], by: float = NEAR) -> bool:
    return all(abs(a - b) <= by for a, b in zip(one, other, strict=True))


def expected_box(picture: Image.Image, label: str) -> tuple[float, ...]:
    """Where the network sees the class in the picture itself."""

    async def run() -> tuple[float, ...]:
        async with await detector.load(look="once") as loaded:
            return tuple(next(found.box for found in await loaded.detect(picture) if found.label == label))

    return asyncio.run(run())


@pytest.fixture(scope="module")
def cup() -> tuple[float, ...]:
    return expected_box(photo(), "cup")


# What it says


def test_it_names_what_is_there_with_its_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clip = write_clip(tmp_path / "clip.mp4", [photo()] * 3, [0, 1200, 61_001])
    assert main([str(clip)]) == FOUND
    told = capsys.readouterr()
    starts = [line.rsplit(" at ", 1)[0][:-2] for line in told.out.splitlines()]
    assert starts == [f"{clip} {time}: cup 0." for time in ("0:00.000", "0:01.200", "1:01.001")]
    assert told.err == ""


@pytest.mark.parametrize("suffix", CODECS)
def test_json_has_a_line_for_each_frame(
    suffix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], cup: tuple[float, ...]
) -> None:
    clip = write_clip(tmp_path / f"clip{suffix}", [photo()] * 4)
    lines = json_of(capsys, clip)
    assert [line["frame"] for line in lines] == [1, 2, 3, 4]
    assert [line["time"] for line in lines] == [0.0, 0.04, 0.08, 0.12]
    for line in lines:
        assert line["file"] == str(clip)
        assert (line["version"], line["source"], line["provider"]) == (1, "video", "cpu")
        assert (line["width"], line["height"]) == SIZE
        assert is_near(box_of(line, "cup"), cup)


@pytest.mark.parametrize("look", ["once", "closer"])
def test_csv_is_that_of_the_page(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes], look: str
) -> None:
    clip = write_clip(tmp_path / "clip.mp4", [photo(), BLACK, photo()])
    frames = [clip, PICTURE]
    assert main([*map(str, frames), "--csv", "--look", look]) == FOUND
    told = capfdbinary.readouterr().out
    assert told.count(b"\r\n") == told.count(b"\n") == 1 + 3
    rows = list(csv.DictReader(io.StringIO(told.decode(), newline="")))
    assert [(row["file"], row["time"], row["class"]) for row in rows] == [
        (str(clip), "0.000", "cup"),
        (str(clip), "0.080", "cup"),
        (str(PICTURE), "", "cup"),
    ]

    async def looks() -> list[Look]:
        async with await detector.load(look=look) as loaded:
            with Video(clip, "") as video:
                pictures = [(str(clip), frame.picture(), float(frame.time or 0)) for frame in video]
            return [
                Look(name, *picture.size, await loaded.detect(picture), time)
                for name, picture, time in pictures
            ] + [Look(str(PICTURE), 300, 300, await loaded.detect(PICTURE))]

    assert told.decode() == as_csv(asyncio.run(looks()))


def test_nothing_is_said_once_of_a_video(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clip = write_clip(tmp_path / "clip.webm", [BLACK] * 3)
    assert main([str(clip)]) == NOTHING
    assert capsys.readouterr().out == f"{clip}: nothing found\n"
    assert [line["detections"] for line in json_of(capsys, clip, code=NOTHING)] == [[], [], []]


def test_a_folder_has_photos_and_videos_and_one_that_is_named_otherwise_is_known_by_its_beginning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "folder"
    (folder / "below").mkdir(parents=True)
    shutil.copy(PICTURE, folder / "b.jpg")
    clip = write_clip(folder / "below" / "a.webm", [photo()])
    shutil.copy(clip, folder / "c.MKV")
    shutil.copy(clip, folder / "notes.txt")
    lines = json_of(capsys, folder, folder / "notes.txt")
    assert [(Path(str(line["file"])).name, line["source"]) for line in lines] == [
        ("b.jpg", "image"),
        ("a.webm", "video"),
        ("c.MKV", "video"),
        ("notes.txt", "video"),
    ]
    with open(clip, "rb") as content:
        done = subprocess.run(
            [sys.executable, "-m", "detector", "-"], cwd=ROOT, stdin=content, capture_output=True, check=False
        )
    assert (done.returncode, done.stdout) == (UNREADABLE, b"")
    assert done.stderr.endswith(b"There is a video on standard input. Name its file instead of -.\n")


def test_a_name_that_the_terminal_cannot_spell_is_told_all_the_same(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "Käse.mp4", [photo()])
    for form, told in (
        ("--json", rb"K\u00e4se.mp4"),
        ("--csv", "Käse.mp4".encode()),
        ("--max=1", rb"K\xe4se.mp4 0:00"),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "detector", str(clip), form],
            cwd=ROOT,
            capture_output=True,
            check=False,
            env={**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
        )
        assert (done.returncode, done.stderr) == (FOUND, b"")
        assert told in done.stdout


# Which frames


def test_every_nth_frame_and_so_many_in_a_second(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clip = write_clip(tmp_path / "clip.mp4", [BLACK] * 50)  # two seconds
    assert [line["frame"] for line in json_of(capsys, clip, "--every", 20, code=NOTHING)] == [1, 21, 41]
    assert [line["time"] for line in json_of(capsys, clip, "--fps", 2, code=NOTHING)] == [0, 0.52, 1, 1.52]
    assert [line["frame"] for line in json_of(capsys, clip, "--fps", 0.5, code=NOTHING)] == [1]


@pytest.mark.parametrize(
    "arguments",
    [
        ("--every", "0"),
        ("--every", "1.5"),
        ("--every", "-1"),
        ("--fps", "0"),
        ("--fps", "nan"),
        ("--fps", "inf"),
        ("--fps", "1e999999999"),
        ("--every", "2", "--fps", "2"),
        ("--json", "--csv"),
    ],
)
def test_what_makes_no_sense_is_a_matter_of_usage(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["clip.mp4", *arguments])
    assert ended.value.code == USAGE
    assert "error: argument" in capsys.readouterr().err


def test_steps_are_counted_in_the_videos_own_time() -> None:
    def chosen(steps: Steps, times: Sequence[Fraction | None]) -> list[int]:
        return [number for number, time in enumerate(times, 1) if steps.wants(number, time)]

    thirty = [Fraction(number, 30) for number in range(90)]
    assert len(chosen(Steps(fps=Fraction(25)), thirty)) == 75
    assert len(chosen(Steps(fps=Fraction(60)), thirty)) == 90
    assert chosen(Steps(every=40), thirty) == [1, 41, 81]
    pause = [Fraction(0), Fraction(1, 10), Fraction(5), Fraction(51, 10), Fraction(6)]
    assert chosen(Steps(fps=Fraction(1)), pause) == [1, 3, 5]
    assert chosen(Steps(fps=Fraction(1)), [None, None]) == [1, 2]


# Odd videos

UPRIGHT_AGAIN = {
    0: None,
    90: Image.Transpose.ROTATE_270,  # stored so, and turned by 90 degrees counterclockwise, it stands upright
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_90,
}


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".webm"])
@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_a_video_that_lies_on_its_side_is_looked_at_upright(
    rotation: int, suffix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], cup: tuple[float, ...]
) -> None:
    turn = UPRIGHT_AGAIN[rotation]
    assert turn is not None
    clip = write_clip(tmp_path / f"clip{suffix}", [photo().transpose(turn)] * 2, rotation=rotation)
    out = tmp_path / f"named{suffix}"
    for line in json_of(capsys, clip, "--draw", out):
        assert (line["width"], line["height"]) == SIZE
        assert is_near(box_of(line, "cup"), cup)
    for _, drawn in read_back(out):  # and it is not turned once more by those who show it
        assert drawn.size == SIZE
        assert_boxes_are_drawn(drawn, photo(), [cup])
    with av.open(out) as container:
        assert next(container.decode(video=0)).rotation == 0


@pytest.mark.parametrize("rotation", UPRIGHT_AGAIN)
def test_a_mirrored_video_too(rotation: int, tmp_path: Path) -> None:
    stored = photo().transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    turn = UPRIGHT_AGAIN[rotation]
    stored = stored if turn is None else stored.transpose(turn)
    clip = write_clip(tmp_path / "clip.mp4", [stored], rotation=rotation, mirrored=True)
    with Video(clip, "") as video:
        (shown,) = [frame.picture() for frame in video]
    assert difference(shown, photo()) < 6


@pytest.mark.parametrize(
    ("shape", "stored", "shown"),
    [
        (Fraction(2), (160, 240), (320, 240)),
        (Fraction(1, 2), (320, 120), (320, 240)),
        (Fraction(4, 3), (240, 240), (320, 240)),
    ],
)
def test_pixels_that_are_no_squares_become_some(
    shape: Fraction,
    stored: tuple[int, int],
    shown: tuple[int, int],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    cup: tuple[float, ...],
) -> None:
    clip = write_clip(tmp_path / "clip.mp4", [photo(size=stored)], shape=shape)
    (line,) = json_of(capsys, clip)
    assert (line["width"], line["height"]) == shown
    assert is_near(box_of(line, "cup"), cup)


def test_times_are_the_frames_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    times = [0, 33, 50, 417, 450, 1983, 2000]
    for suffix in (".mp4", ".webm", ".mkv"):
        clip = write_clip(tmp_path / f"clip{suffix}", [photo()] * len(times), times)
        out = tmp_path / f"named{suffix}"
        lines = json_of(capsys, clip, "--draw", out)
        assert [line["time"] for line in lines] == [time / 1000 for time in times], suffix
        assert [round(time, 4) for time, _ in read_back(out)] == [time / 1000 for time in times], suffix


def test_the_first_frame_is_at_the_beginning_whatever_the_files_clock_says(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clip = write_clip(tmp_path / "clip.mkv", [BLACK] * 3, [90_000, 90_040, 90_500])
    assert [line["time"] for line in json_of(capsys, clip, code=NOTHING)] == [0, 0.04, 0.5]


def test_a_video_without_a_duration(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], cup: tuple[float, ...]
) -> None:
    clip = write_clip(tmp_path / "clip.webm", [photo()] * 3, piped=True)
    with av.open(clip) as container:
        assert container.duration is None
    lines = json_of(capsys, clip)
    assert [line["time"] for line in lines] == [0, 0.04, 0.08]
    assert all(is_near(box_of(line, "cup"), cup) for line in lines)


@pytest.mark.parametrize(
    ("suffix", "kept"), [(".mp4", (322, 242)), (".webm", (321, 241)), (".mkv", (322, 242))]
)
def test_an_odd_size(
    suffix: str, kept: tuple[int, int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    size = (321, 241)
    picture = photo(size=size)
    clip = write_clip(tmp_path / "clip.webm", [picture] * 2, codec="libvpx-vp9")
    out = tmp_path / f"named{suffix}"
    lines = json_of(capsys, clip, "--draw", out)
    assert [(line["width"], line["height"]) for line in lines] == [size] * 2
    expected = expected_box(picture, "cup")
    assert all(is_near(box_of(line, "cup"), expected) for line in lines)
    for _, drawn in read_back(out):
        assert drawn.size == kept
        whole = drawn.crop((0, 0, *size))
        assert_boxes_are_drawn(whole, picture, [expected])
        # What was added is no black line.
        assert difference(drawn.crop((kept[0] - 1, 0, kept[0], 240)), whole.crop((320, 0, 321, 240))) < 12


def test_a_first_frame_that_is_black(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], cup: tuple[float, ...]
) -> None:
    clip = write_clip(tmp_path / "clip.mp4", [BLACK, photo(), photo()])
    first, *others = json_of(capsys, clip)
    assert first["detections"] == []
    assert [line["time"] for line in others] == [0.04, 0.08]
    assert all(is_near(box_of(line, "cup"), cup) for line in others)


def test_a_video_that_is_turned_in_mid_stream(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], cup: tuple[float, ...]
) -> None:
    portrait = (240, 320)
    sizes = [SIZE, SIZE, portrait, portrait, SIZE]
    clip = write_jpegs(tmp_path / "clip.mkv", [jpeg(size) for size in sizes])
    upright = expected_box(photo(size=portrait), "cup")
    lines = json_of(capsys, clip, "--draw", tmp_path / "named.mkv")
    assert [(line["width"], line["height"]) for line in lines] == sizes
    for line, size in zip(lines, sizes, strict=True):
        assert is_near(box_of(line, "cup"), cup if size == SIZE else upright)
    assert {picture.size for _, picture in read_back(tmp_path / "named.mkv")} == {SIZE}


@pytest.mark.parametrize(
    ("size", "shape", "rotation", "shown"),
    [
        ((241, 321), None, 0, (241, 321)),
        ((321, 241), None, 90, (241, 321)),
        ((161, 241), Fraction(2), 0, (322, 241)),
    ],
)
def test_odd_sizes_upright_turned_and_of_oblong_pixels(
    size: tuple[int, int],
    shape: Fraction | None,
    rotation: int,
    shown: tuple[int, int],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    turn = UPRIGHT_AGAIN[rotation]
    upright = photo(size=size if turn is None else (size[1], size[0]))
    stored = upright if turn is None else upright.transpose(turn)
    clip = write_clip(tmp_path / "clip.mp4", [stored] * 2, shape=shape, rotation=rotation, pixels="yuv444p")
    lines = json_of(capsys, clip)
    assert [(line["width"], line["height"]) for line in lines] == [shown] * 2
    expected = expected_box(upright.resize(shown), "cup")
    assert all(is_near(box_of(line, "cup"), expected) for line in lines)


def test_colours_stay_what_they_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    loud = Image.new("RGB", SIZE)
    for number, colour in enumerate(["red", "lime", "blue", "white"]):
        loud.paste(colour, (80 * number, 0, 80 * number + 80, 240))
    clip = write_clip(tmp_path / "clip.mp4", [loud])
    out = tmp_path / "named.mp4"
    json_of(capsys, clip, "--draw", out, "--classes", "cup", code=NOTHING)
    with Video(out, "") as video:
        (drawn,) = [frame.picture() for frame in video]
    assert difference(drawn, loud) < 6
    with av.open(out) as container:
        assert next(container.decode(video=0)).colorspace == 1  # players are told which: BT.709


# A copy with boxes


def difference(one: Image.Image, other: Image.Image) -> float:
    """The mean difference of two pictures, of 255."""
    return float(np.asarray(ImageChops.difference(one.convert("RGB"), other.convert("RGB"))).mean())


def assert_boxes_are_drawn(drawn: Image.Image, plain: Image.Image, boxes: Sequence[Sequence[float]]) -> None:
    """Where the boxes' lower edges are the picture has changed, and inside them it has not."""
    for x, y, width, height in boxes:
        bottom, middle = round(y + height), round(y + height / 2)
        across = (round(x + width * 0.2), round(x + width * 0.8))
        edge = max(
            difference(
                drawn.crop((across[0], row, across[1], row + 1)),
                plain.crop((across[0], row, across[1], row + 1)),
            )
            for row in range(bottom - NEAR, min(bottom + NEAR, plain.height))
        )
        inside = (across[0], middle, across[1], middle + 10)
        assert edge > 25 > 10 > difference(drawn.crop(inside), plain.crop(inside))


def test_all_frames_are_drawn_with_the_boxes_of_the_last_one_that_was_looked_at(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pictures = drifting(24)
    clip = write_clip(tmp_path / "clip.mp4", pictures)
    out = tmp_path / "named.mp4"
    lines = json_of(capsys, clip, "--every", 10, "--draw", out)
    assert [line["frame"] for line in lines] == [1, 11, 21]
    drawn = read_back(out)
    assert [round(time, 4) for time, _ in drawn] == [number / 25 for number in range(24)]
    for number, (_, picture) in enumerate(drawn):
        assert_boxes_are_drawn(picture, pictures[number], [box_of(lines[number // 10], "cup")])


def test_what_is_seen_again_has_the_same_number(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pictures = drifting(24)
    clip = write_clip(tmp_path / "clip.mp4", pictures)
    out = tmp_path / "named.mp4"
    lines = json_of(capsys, clip, "--every", 4, "--tracks", "--draw", out)
    said = [[one.get("trackId") for one in line["detections"] if one["class"] == "cup"] for line in lines]
    assert said[0] == [None] and len(lines) == 6 and all(one == said[1] != [None] for one in said[1:]), said
    assert [one["look"] for line in lines for one in line["detections"]] == [0] * sum(
        len(line["detections"]) for line in lines
    )
    ages = [
        one["age"] for line in lines for one in line["detections"] if "age" in one and one["class"] == "cup"
    ]
    assert [round(age, 2) for age in ages] == [0.16, 0.32, 0.48, 0.64, 0.8], "in the clip's own time"
    assert main([str(clip), "--trails", "--csv"]) == FOUND
    rows = [line.split(",") for line in capsys.readouterr().out.split() if ",cup," in line]
    assert rows[0][-1] == "" and {row[-1] for row in rows[1:]} == {str(said[1][0])}
    assert main([str(clip), "--tracks", "--every", "8"]) == FOUND
    assert f"cup {said[1][0]} 0." in capsys.readouterr().out
    slow = write_clip(tmp_path / "slow.mp4", [photo()] * 20, [1000 * number for number in range(20)])
    lines = json_of(capsys, slow, "--every", 5, "--tracks", "--classes", "cup")
    assert [line["detections"][0].get("trackId") for line in lines] == [None, 1, 1, 1], "looks 5 s apart"
    assert main([str(clip)]) == FOUND
    assert "cup 0." in capsys.readouterr().out, "nothing is numbered that was not asked for"


def test_trails_are_drawn_where_things_went(tmp_path: Path) -> None:
    pictures = drifting(40)
    clip = write_clip(tmp_path / "clip.mp4", pictures)
    drawn = {}
    for option in ("--tracks", "--trails"):
        out = tmp_path / f"named{option}.mp4"
        assert main([str(clip), option, "--classes", "cup", "--draw", str(out)]) == FOUND
        drawn[option] = read_back(out)[-1][1]
    assert difference(drawn["--tracks"], drawn["--trails"]) > 0.01


def test_several_go_into_a_folder_each_under_its_stem_and_no_original_is_written_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clip = write_clip(tmp_path / "clip.mp4", [photo()])
    write_clip(tmp_path / "clip.mov", [photo()])
    write_clip(tmp_path / "other.webm", [photo()])
    shutil.copy(PICTURE, tmp_path / "cup.jpg")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert main([str(tmp_path), "--draw", str(tmp_path)]) == FOUND
    after = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert after.items() >= before.items()
    made = sorted(after.keys() - before.keys())
    assert made == ["clip-2.mp4", "clip-3.mp4", "cup.png", "other-2.webm"]
    assert all(read_back(tmp_path / name) for name in made if name != "cup.png")
    with av.open(tmp_path / "other-2.webm") as container:
        assert container.format.name == "matroska,webm"
    capsys.readouterr()
    assert main([str(clip), "--draw", str(clip)]) == UNWRITABLE
    assert "is the video itself. Name another file." in capsys.readouterr().err
    assert clip.read_bytes() == before["clip.mp4"]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("named.png", "a video ends with .mp4"),
        ("named", "a video ends with"),
        ("missing/named.mp4", "No such file"),
    ],
)
def test_what_cannot_be_written_is_said(
    name: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clip = write_clip(tmp_path / "clip.mp4", [photo()])
    assert main([str(clip), "--draw", str(tmp_path / name)]) == UNWRITABLE
    err = capsys.readouterr().err
    assert told in err and len(err.splitlines()) == 1
    assert list(tmp_path.iterdir()) == [clip]


def test_a_disk_that_is_full_is_said(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", drifting(10, (640, 480)))
    done = subprocess.run(
        [sys.executable, "-m", "detector", str(clip), "--draw", str(tmp_path / "named.webm")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (8000, 8000)),
    )
    assert done.returncode == UNWRITABLE
    assert "named.webm cannot be written: File too large" in done.stderr
    assert "Traceback" not in done.stderr


def test_another_encoder_is_taken_where_one_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = write_clip(tmp_path / "clip.mp4", [photo()] * 3)
    monkeypatch.setitem(writer.KINDS, ".mp4", ("mp4", ("libnothing", writer.VP9)))
    monkeypatch.setitem(writer.KINDS, ".mkv", ("matroska", ("libnothing",)))
    out = tmp_path / "named.mp4"
    assert main([str(clip), "--draw", str(out)]) == FOUND
    with av.open(out) as container:
        assert container.streams.video[0].codec_context.name.endswith("vp9")
        assert len(list(container.decode(video=0))) == 3
    capsys.readouterr()
    assert main([str(clip), "--draw", str(tmp_path / "named.mkv")]) == UNWRITABLE
    assert "the installed av has none of libnothing" in capsys.readouterr().err


def test_a_video_that_changes_its_size_is_fitted_into_its_first(tmp_path: Path) -> None:
    with writer.VideoWriter(tmp_path / "out.webm", Fraction(25), Fraction(1, 1000)) as out:
        out.write(photo(), Fraction(0))
        out.write(photo(size=(100, 240)), None)
        out.write(photo(), Fraction(0))  # a clock that goes back
    frames = read_back(tmp_path / "out.webm")
    assert [picture.size for _, picture in frames] == [SIZE] * 3
    assert [time for time, _ in frames] == [0, 0.04, 0.041]


# What goes wrong


def spoiled(tmp_path: Path) -> Iterator[tuple[str, bytes, str]]:
    """(name, content, what is to be told) of files that have no frame."""
    clip = write_clip(tmp_path / "whole.mp4", [photo()] * 2)
    whole = clip.read_bytes()
    webm = write_clip(tmp_path / "whole.webm", [photo()] * 2).read_bytes()
    sound = write_sound(tmp_path / "sound.mp4").read_bytes()
    cover = write_sound(tmp_path / "cover.mp4", photo()).read_bytes()
    yield "empty.mp4", b"", "is empty. Copy or download it again."
    yield "text.mp4", b"no video" * 100, "is no video that can be read here. Try an MP4, WebM, MOV"
    yield "photo.mp4", PICTURE.read_bytes(), "is no video that can be read here."
    yield "sound.mp4", sound, "There is no picture in"
    yield "cover.mp4", cover, "There is no picture in"
    yield "codec.mp4", whole.replace(b"avc1", b"xvc9"), "is in a format that the installed av cannot decode."
    yield (
        "codec.webm",
        webm.replace(b"V_VP8", b"V_XX8"),
        "is in a format that the installed av cannot decode.",
    )
    yield "moov.mp4", whole[: len(whole) // 2], "is not complete: it ends before what tells how to read it."
    yield "head.webm", webm[: webm.index(b"\x1f\x43\xb6\x75") + 40], "ends before its first frame"
    yield "noise.webm", webm.replace(b"\x9d\x01\x2a", b"\0\0\0"), "has no frame that can be decoded"


NAMES = ["empty.mp4", "text.mp4", "photo.mp4", "sound.mp4", "cover.mp4", "codec.mp4", "codec.webm"]
NAMES += ["moov.mp4", "head.webm", "noise.webm"]


@pytest.mark.parametrize("name", NAMES)
def test_what_has_no_frame_is_said_and_the_others_are_looked_at(
    name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (content, told) = next(rest for known, *rest in spoiled(tmp_path) if known == name)
    assert isinstance(content, bytes) and isinstance(told, str)
    (tmp_path / name).write_bytes(content)
    out = tmp_path / "out"
    assert main([str(tmp_path / name), str(tmp_path / "whole.mp4"), "--draw", str(out)]) == UNREADABLE
    done = capfd.readouterr()  # of the process, as FFmpeg might write there itself
    assert len(done.out.splitlines()) == 2 and "whole.mp4 0:00.040: cup" in done.out
    (line,) = done.err.splitlines()
    assert told in line and name in line
    assert [path.name for path in out.iterdir()] == ["whole.mp4"]


def test_all_of_them_are_tried(tmp_path: Path) -> None:
    assert [name for name, _, _ in spoiled(tmp_path)] == NAMES


def test_a_list_of_other_files_is_no_video(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Such files have FFmpeg open whatever they name, on this machine and elsewhere."""
    clip = write_clip(tmp_path / "clip.mp4", [photo()])
    lists = {
        "concat.mp4": f"ffconcat version 1.0\nfile {clip.name}\n",
        "playlist.mp4": f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{clip.name}\n#EXT-X-ENDLIST\n",
        "dash.mp4": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"></MPD>',
    }
    for name, text in lists.items():
        (tmp_path / name).write_text(text)
    with av.open(tmp_path / "concat.mp4") as container:  # so it is one that FFmpeg takes
        assert container.format.name == "concat"
    for name in lists:
        assert main([str(tmp_path / name)]) == UNREADABLE
        assert "is no video that can be read here" in capsys.readouterr().err


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".webm", ".mkv", ".avi"])
def test_of_half_a_file_there_is_half_and_then_a_word(
    suffix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = {"movflags": "faststart"} if suffix in (".mp4", ".mov") else {}
    clip = write_clip(tmp_path / f"clip{suffix}", drifting(24), key_every=4, options=first)
    assert len(json_of(capsys, clip, "--every", 12)) == 2
    clip.write_bytes(clip.read_bytes()[: clip.stat().st_size * 6 // 10])
    out = tmp_path / "named.mp4"
    assert main([str(clip), "--json", "--draw", str(out)]) == UNREADABLE
    told = capsys.readouterr()
    count = len(told.out.splitlines())
    assert 5 <= count <= 20
    assert told.err == (
        f"python -m detector: {clip} is not complete: it breaks off after {count} frames. Copy or download it again.\n"
    )
    assert len(read_back(out)) == count


def test_a_fragmented_file_that_is_cut_off_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = {"movflags": "frag_keyframe+empty_moov"}
    clip = write_clip(tmp_path / "clip.mp4", drifting(24), key_every=4, options=options, piped=True)
    assert len(json_of(capsys, clip)) == 24
    clip.write_bytes(clip.read_bytes()[: clip.stat().st_size * 6 // 10])
    assert main([str(clip), "--every", "8"]) == UNREADABLE
    assert "is not complete: it breaks off after" in capsys.readouterr().err


def test_what_is_damaged_in_the_middle_is_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clip = write_clip(tmp_path / "clip.mp4", drifting(12), codec="mjpeg", pixels="yuvj420p")
    content = clip.read_bytes()
    starts = [place for place in range(len(content)) if content[place : place + 3] == b"\xff\xd8\xff"]
    assert len(starts) == 12
    clip.write_bytes(content[: starts[5]] + bytes(starts[6] - starts[5]) + content[starts[6] :])
    assert main([str(clip), "--json"]) == UNREADABLE
    told = capsys.readouterr()
    times = [round(json.loads(line)["time"] * 25) for line in told.out.splitlines()]
    assert times == [0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11]
    assert "is damaged: only 11 frames could be decoded." in told.err


def test_frames_that_are_too_large_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    size = (6400, 5700)
    assert size[0] * size[1] > MOST_VIDEO_PIXELS == 36_000_000
    clip = write_clip(tmp_path / "clip.mkv", [Image.new("RGB", size)], codec="mjpeg", pixels="yuvj420p")
    told = "is too large to be opened here (6400 x 5700). Make it smaller: up to 36 megapixels a frame fit."
    assert main([str(clip)]) == UNREADABLE
    assert told in capsys.readouterr().err
    # The header says less than the frame is.
    content = clip.read_bytes()
    wide, high = b"\xb0\x82" + size[0].to_bytes(2, "big"), b"\xba\x82" + size[1].to_bytes(2, "big")
    assert content.count(wide) == content.count(high) == 1
    clip.write_bytes(content.replace(wide, b"\xb0\x82\x01\x40").replace(high, b"\xba\x82\x00\xf0"))
    assert main([str(clip)]) == UNREADABLE
    assert told in capsys.readouterr().err


def peak() -> int:
    """The most memory that this process ever held, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def jpeg(size: tuple[int, int]) -> bytes:
    """The cup."""
    file = io.BytesIO()
    photo(size=size).save(file, "JPEG")
    return file.getvalue()


@pytest.mark.parametrize(
    ("size", "told"),
    [
        ((1280, 960), "is too large to be opened here (1280 x 960)."),
        ((2560, 1920), "is damaged: only 2 frames could be decoded."),  # by far: it is not even decoded
    ],
)
def test_a_video_whose_frames_grow_is_looked_at_until_then(
    size: tuple[int, int],
    told: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert reader.OPTIONS == {"max_pixels": "144000000"}
    monkeypatch.setattr(reader, "MOST_VIDEO_PIXELS", 1_000_000)
    monkeypatch.setattr(reader, "OPTIONS", {"max_pixels": "4000000"})
    clip = write_jpegs(tmp_path / "clip.mkv", [jpeg(SIZE), jpeg(SIZE), jpeg(size)])
    assert main([str(clip), "--json"]) == UNREADABLE
    done = capsys.readouterr()
    assert len(done.out.splitlines()) == 2 and told in done.err


def test_no_half_picture_comes_from_half_a_file(tmp_path: Path) -> None:
    pictures = drifting(6)
    clip = write_clip(tmp_path / "clip.avi", pictures, codec="mjpeg", pixels="yuvj420p")
    content = clip.read_bytes()
    starts = [place for place in range(len(content)) if content[place : place + 3] == b"\xff\xd8\xff"]
    clip.write_bytes(content[: (starts[4] + starts[5]) // 2])
    shown = []
    with Video(clip, "clip") as video, pytest.raises(MediaError, match="breaks off after 4 frames"):
        for frame in video:
            shown.append(frame.picture())
    assert all(difference(one, other) < 6 for one, other in zip(shown, pictures[:4], strict=True))


def test_one_frame_at_a_time_is_held(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = photo(size=(1280, 960))
    clip = write_clip(tmp_path / "clip.mp4", [picture] * 150)
    assert main([str(clip), "--every", "150", "--draw", str(tmp_path / "warm.mp4")]) == FOUND
    before = peak()
    gc.disable()  # nothing may wait for it
    try:
        assert main([str(clip), "--every", "150", "--draw", str(tmp_path / "named.mp4")]) == FOUND
    finally:
        gc.enable()
    assert peak() - before < 100_000_000 < 150 * 1280 * 960 * 3 / 5


def test_without_av_the_package_is_named_and_photos_are_looked_at(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = write_clip(tmp_path / "clip.mp4", [photo()])
    for name in [name for name in sys.modules if name.split(".")[0] == "av"]:
        monkeypatch.delitem(sys.modules, name)
    for name in ("reader", "writer", "looking"):
        monkeypatch.delitem(sys.modules, f"detector.native.video.{name}", raising=False)
    monkeypatch.setitem(sys.modules, "av", None)
    assert main([str(clip), str(PICTURE)]) == UNREADABLE
    told = capsys.readouterr()
    assert told.out.startswith(f"{PICTURE}: cup")
    assert told.err == (
        f"python -m detector: {clip} is a video, and the package av, which reads videos, is not installed. "
        "Run: python -m pip install av\n"
    )


def test_photos_do_not_need_av(tmp_path: Path) -> None:
    code = "import sys; from detector.native.command import main; main(sys.argv[1:]); assert 'av' not in sys.modules"
    done = subprocess.run(
        [sys.executable, "-c", code, str(PICTURE)], cwd=ROOT, capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")


# Ctrl-C, and a terminal


@pytest.mark.parametrize("suffix", [".mp4", ".webm"])
def test_ctrl_c_ends_it_after_the_frame_in_hand(suffix: str, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", drifting(200))
    out = tmp_path / f"named{suffix}"
    arguments = [sys.executable, "-m", "detector", str(clip), "--json", "--draw", str(out)]
    with subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        first = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        rest, told = process.communicate(timeout=LIMIT_S)
    assert process.returncode == INTERRUPTED == 130, told
    lines = [json.loads(line) for line in [first, *rest.splitlines()]]
    assert 0 < len(lines) < 200
    assert [line["frame"] for line in lines] == list(range(1, len(lines) + 1))
    place = clock_time(lines[-1]["time"])
    assert told.decode() == (
        f"python -m detector: Stopped: {clip} was looked at up to {place} (frame {len(lines)}). "
        f"{out} has it up to there, with boxes.\n"
    )
    assert [time for time, _ in read_back(out)] == [line["time"] for line in lines]


def on_a_terminal(*arguments: object) -> tuple[int, str, bytes]:
    """(exit code, what is on the terminal of its standard error, standard output) of the command."""
    terminal, end = os.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "detector", *map(str, arguments)], cwd=ROOT, stdout=subprocess.PIPE, stderr=end
    ) as process:
        os.close(end)
        shown = b""
        try:
            while part := os.read(terminal, 4096):
                shown += part
        except OSError:  # so ends a terminal on Linux
            pass
        os.close(terminal)
        assert process.stdout is not None
        out = process.stdout.read()
    return process.returncode, shown.decode(), out


def test_progress_is_shown_on_a_terminal_and_taken_away(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", [photo()] * 12)
    code, shown, out = on_a_terminal(clip, "--csv")
    assert code == FOUND and out.count(b"\r\n") == 13
    assert shown.startswith("\rclip.mp4  [") and "%  0:00 of 0:00" in shown
    *_, last, after = shown.split("\r")
    assert last.strip() == "" and after == ""
    endless = write_clip(tmp_path / "endless.webm", [photo()] * 12, piped=True)
    code, shown, _ = on_a_terminal(endless, "--csv")
    assert code == FOUND
    assert shown.startswith("\rendless.webm  0:00") and "%" not in shown


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_line_is_no_longer_than_the_terminal_and_goes_to_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("detector.native.progress.SHOWN_EVERY", 0)
    stream = Terminal()
    progress = Progress(stream, "a name as long as some cameras give them, or longer, and so on.mp4", 3725.0)
    for at in (0.0, 1862.5, 3725.0, 4000.0):
        progress.show(1, at)
    parts = stream.getvalue().split("\r")[1:]
    assert all(len(part) < 80 for part in parts)
    assert [part[:26] for part in parts] == [
        "[" + "." * 24 + "]", "[" + "#" * 12 + "." * 12 + "]", "[" + "#" * 24 + "]", "[" + "#" * 24 + "]"
    ]  # fmt: skip
    assert " 50%  31:02 of 1:02:05" in parts[1]
    monkeypatch.setattr("detector.native.progress.USUAL_WIDTH", 30)
    narrow = Terminal()
    Progress(narrow, "clip.mp4", 3725.0).show(1, 0.0)
    assert len(narrow.getvalue()) == 30
    assert [clock_time(time) for time in (0, 59.9996, 3599.5)] == ["0:00.000", "1:00.000", "59:59.500"]


# Its name


def test_it_is_called_what_it_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["missing.mp4"], prog="onlooker detect") == UNREADABLE
    assert capsys.readouterr().err == "onlooker detect: There is no video missing.mp4. Check its name.\n"
    with pytest.raises(SystemExit):
        main(["--help"], prog="onlooker detect")
    told = capsys.readouterr().out
    assert told.startswith("usage: onlooker detect ") and "python -m detector" not in told
    assert "python -m pip install av" in told


# The boxes of a file


@pytest.mark.parametrize("suffix", CODECS)
def test_whole_files_are_known_and_whole(suffix: str, tmp_path: Path) -> None:
    for piped in (False, True) if suffix in (".webm", ".mkv") else (False,):
        content = write_clip(tmp_path / f"clip{suffix}", drifting(3), piped=piped).read_bytes()
        assert is_video(content[:192])
        assert not is_cut_off(io.BytesIO(content))
        for more in (b"\0", b"more after it"):
            assert not is_cut_off(io.BytesIO(content + more))
        if not piped:
            assert is_cut_off(io.BytesIO(content[:-1]))


def test_pictures_and_other_files_are_no_videos(tmp_path: Path) -> None:
    for suffix in ("avif", "bmp", "gif", "jpg", "png", "tiff", "webp"):
        photo().save(tmp_path / f"photo.{suffix}")
        head = (tmp_path / f"photo.{suffix}").read_bytes()[:192]
        assert not is_video(head), suffix
    assert not is_video(b"")
    for head in (b"", b"\x1a\x45\xdf\xa3", b"\x1a\x45\xdf\xa3" + b"\xff" * 60, b"RIFF", b"\0\0\0\x01ftyp"):
        is_cut_off(io.BytesIO(head))  # whatever it says: it ends


def test_hundreds_of_spoiled_videos(tmp_path: Path) -> None:
    """Each is read, to its end or not, or refused in words; and none is held open."""
    random = dice("videos")
    outcome: Counter[str] = Counter()
    whole = [
        write_clip(tmp_path / f"whole{suffix}", drifting(4, (64, 48)), rotation=90).read_bytes()
        for suffix in CODECS
        if suffix != ".avi"
    ] + [write_clip(tmp_path / "whole.avi", drifting(4, (64, 48))).read_bytes()]
    path = tmp_path / "spoiled.bin"
    for _ in range(400):
        content = bytearray(random.choice(whole))
        for _ in range(random.choice((1, 3, 30))):
            content[random.randrange(len(content))] = random.randrange(256)
        if random.random() < 0.3:
            del content[random.randrange(len(content)) :]
        path.write_bytes(content)
        try:
            with Video(path, "a video") as video:
                for frame in video:
                    assert frame.pixels == frame.picture().width * frame.picture().height
                    outcome["frames"] += 1
            outcome["whole"] += 1
        except MediaError as error:
            assert "a video" in str(error) and error.hint, error
            outcome["refused"] += 1
    assert outcome["whole"] > 50 and outcome["refused"] > 50 and outcome["frames"] > 400, outcome


WALKS, DOOR, MIDDLE = "iiioiiooii", "door:0.5,0,0.5,1", "middle:0.3,0,0.7,0,0.7,1,0.3,1"


def test_seven_cross_a_line_one_way_and_three_the_other(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    pictures = crossing(WALKS)
    clip = write_clip(tmp_path / "door.mp4", pictures, [100 * number for number in range(len(pictures))])
    drawn = tmp_path / "drawn.mp4"
    lines = json_of(capsys, clip, "--lines", DOOR, "--zones", MIDDLE, "--classes", "person", "--draw", drawn)
    counts = lines.pop()
    assert counts["lines"] == [{"name": "door", "in": {"person": 7}, "out": {"person": 3}}]
    assert [zone["entered"] for zone in counts["zones"]] == [{"person": 10}]
    events = [event for line in lines for event in line.get("events", [])]
    assert [event["direction"] for event in events if event["kind"] == "cross"] == [
        {"i": "in", "o": "out"}[way] for way in WALKS
    ]
    assert all("trackId" not in found for line in lines for found in line["detections"]), (
        "nobody asked for them"
    )
    (empty,) = [picture for time, picture in read_back(drawn) if abs(time - 1.6) < 0.01]
    assert min(empty.getpixel((240, 100))) > 180, "the line is drawn, also where nobody is"

    assert main([str(clip), "--lines", DOOR, "--classes", "person"]) == FOUND
    assert capsys.readouterr().out.splitlines()[-1] == f"{clip}: door: 7 in, 3 out"
    assert main([str(clip), "--zones", MIDDLE, "--classes", "person", "--csv"]) == FOUND
    told = capsys.readouterr()
    assert "middle: 10 entered" in told.err and "entered" not in told.out


def test_a_line_that_is_none_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(PICTURE), "--lines", "door:1,2"]) == USAGE
    assert "door:0.5,0,0.5,1" in capsys.readouterr().err
