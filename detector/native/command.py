"""The command line: names what is in photos and videos, and draws it on copies of them.

    python -m detector photo.jpg --draw named.png --threshold 0.4
    python -m detector holiday/ --json
    python -m detector street.jpg --look closest
    python -m detector clip.mp4 --fps 2 --csv
    python -m detector clip.mp4 --draw named.mp4 --tracks
    python -m detector clip.mp4 --lines door:0.5,0,0.5,1
    cat photo.jpg | python -m detector -

It ends like grep, so that scripts can ask: EXITS says with what.
"""

import argparse
import asyncio
import io
import os
import sys
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from PIL import Image, ImageOps

from detector import load
from detector.errors import DetectorError, InputError, MediaError, ModelError, ProviderError, SettingError
from detector.native.frames import opened
from detector.native.inputs import STDIN, Input, inputs
from detector.native.report import CSV, JSON, TEXT, Report
from detector.native.targets import Targets, WriteError
from detector.native.video.containers import HEAD, is_video
from detector.native.video.steps import Steps
from detector.pillow.render import render
from detector.pipeline import Detector

FOUND, NOTHING, USAGE, UNREADABLE, UNWRITABLE, UNAVAILABLE = range(6)
INTERRUPTED, CUT_OFF = 130, 141  # as shells say it: 128 and the signal's number
EXITS = """exit codes:
  0  something was found
  1  nothing was found in any photo or video
  2  the command or a setting is wrong
  3  a photo or video is missing or cannot be read to its end; all others were looked at
  4  a picture or video cannot be written
  5  the model, or what runs it, is missing
"""
NOTES = """
Videos need the package av: python -m pip install av
Ctrl-C ends a video after the frame in hand; what was drawn until then can be played, and the exit code is 130.
"""

# What only a command line has; the rest are settings (detector/settings.py), passed on if given.
OWN = ("files", "draw", "json", "csv", "every", "fps", "tracks", "provider", "models")
PROG = "python -m detector"


def main(arguments: Sequence[str] | None = None, *, prog: str = PROG) -> int:
    """Run the command; give its exit code, one of EXITS, with the reason on standard error.

    prog: what it is called, in its usage and its messages.
    """
    options = vars(_parser(prog).parse_args(arguments))
    settings = {name: value for name, value in options.items() if name not in OWN and value is not None}
    report = Report(prog, JSON if options["json"] else CSV if options["csv"] else TEXT)
    try:
        return asyncio.run(_run(options, settings, report))
    except DetectorError as error:
        report.say(error)
        return _exit_code(error)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # `| head` has seen enough; Python would complain once more at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return CUT_OFF


def _exit_code(error: DetectorError) -> int:
    if isinstance(error, WriteError):
        return UNWRITABLE
    if isinstance(error, ModelError | ProviderError):
        return UNAVAILABLE
    return USAGE if isinstance(error, SettingError) else UNREADABLE


def _parser(prog: str = PROG) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=prog,
        description="Names what is in photos and videos.",
        epilog=EXITS + NOTES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "files",
        nargs="+",
        metavar="file",
        help='a photo or a video; a folder, with those below; "-": a photo on standard input',
    )
    parser.add_argument(
        "--draw",
        type=Path,
        metavar="OUT",
        help="draw what is found on a copy: a file, such as named.png, or named.mp4 or named.webm for a video, which "
        "has all frames, those in between with the boxes before them, and no sound; for several files, a folder",
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="one line of JSON for each photo or frame")
    form.add_argument("--csv", action="store_true", help="a table, with one line for each thing found")
    steps = parser.add_mutually_exclusive_group()
    steps.add_argument(
        "--every",
        type=_every,
        default=1,
        metavar="N",
        help="look at every Nth frame of a video (1, all of them)",
    )
    steps.add_argument(
        "--fps", type=_fps, metavar="F", help="look at no more than F frames in a second of a video"
    )
    tracks = parser.add_mutually_exclusive_group()
    tracks.add_argument(
        "--tracks",
        action="store_const",
        const="ids",
        default="off",
        help="number what is seen again from frame to frame of a video",
    )
    tracks.add_argument(
        "--trails",
        action="store_const",
        const="trails",
        dest="tracks",
        help="the same, and draw the ways that things took in the last seconds",
    )
    parser.add_argument(
        "--lines",
        help='count who crosses a line of a video, as in "door:0.5,0,0.5,1": a name, and two points as shares of the '
        'picture, ";" between several',
    )
    parser.add_argument(
        "--zones", help='count who is in a part of a video\'s picture, as in "till:0.2,0.4,0.8,0.4,0.5,1"'
    )
    parser.add_argument(
        "--models",
        metavar="FOLDER",
        default="",
        help="where the models are: models/ of an unpacked bundle (ONLOOKER_MODELS)",
    )
    parser.add_argument("--model", help="a model's name (coco-ssd-lite)")
    parser.add_argument("--provider", default="auto", help="auto or cpu, which here are the same")
    parser.add_argument(
        "--look",
        help="once, closer or closest: at the whole picture, or at 4 or 13 parts of it besides, which finds small "
        "things and takes as many times longer (auto: photos closer, videos once)",
    )
    parser.add_argument("--threshold", help="the least score that counts, 0 to 1 (0.5)")
    parser.add_argument("--iou", help="boxes of one class that overlap by more are one object, 0 to 1 (0.6)")
    parser.add_argument("--max", help="at most this many objects in a photo or frame, 1 to 200 (20)")
    parser.add_argument(
        "--classes", help='only these, as in "dog,cat"; with a "-" before it, never this (all)'
    )
    return parser


def _every(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) > 0):
        raise argparse.ArgumentTypeError(f"{text} is no whole number from 1 on")
    return int(text)


def _fps(text: str) -> Fraction:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0.0 < number < 1e6:
        raise argparse.ArgumentTypeError(f"{text} is no number above 0")
    return Fraction(number).limit_denominator(10**6)


async def _run(options: dict[str, object], settings: dict[str, str], report: Report) -> int:
    named = options["files"]
    draw = options["draw"]
    assert isinstance(named, list) and (draw is None or isinstance(draw, Path))
    if named.count(STDIN) > 1:
        raise SettingError('"-" stands for standard input, which can be read once.')
    found, unreadable = 0, 0
    async with await load(
        provider=str(options["provider"]), assets=str(options["models"]), **settings
    ) as detector:
        wanted = [one for name in named for one in _wanted(name)]
        targets = None
        if draw is not None:
            originals = [one for one in wanted if isinstance(one, Input)]
            targets = Targets(draw, len(named) > 1 or Path(named[0]).is_dir(), originals)
        report.begin()
        for one in wanted:
            try:
                if isinstance(one, MediaError):
                    raise one
                if one.is_video:
                    count, interrupted = await _video(
                        detector, one, _steps(options), report, targets, str(options["tracks"])
                    )
                    if interrupted:
                        return INTERRUPTED
                else:
                    count = await _photo(detector, one, report, targets)
                found += count
            except (InputError, MediaError) as error:
                report.say(error)
                unreadable += 1
    if unreadable:
        return UNREADABLE
    return FOUND if found else NOTHING


def _wanted(named: str) -> list[Input | MediaError]:
    """What an argument means, or why it means nothing."""
    try:
        return [*inputs(named)]
    except MediaError as error:
        return [error]


def _steps(options: dict[str, object]) -> Steps:
    every, fps = options["every"], options["fps"]
    assert isinstance(every, int) and (fps is None or isinstance(fps, Fraction))
    return Steps(every, fps)


async def _photo(detector: Detector, photo: Input, report: Report, targets: Targets | None) -> int:
    """Report, and draw, what is in one photo; give how much that is."""
    picture = _read(photo)
    detections = await detector.detect(picture)
    assert detector.last is not None
    report.photo(photo.name, detector.last)
    if targets is not None:
        targets.save(render(picture, detections), photo)
    return len(detections)


async def _video(
    detector: Detector, clip: Input, steps: Steps, report: Report, targets: Targets | None, tracks: str
) -> tuple[int, bool]:
    """Report, and draw, what is in a video; give how much that is, and whether Ctrl-C has ended it."""
    try:
        from detector.native.video.looking import look_through
    except ModuleNotFoundError as missing:
        if (missing.name or "").split(".")[0] != "av":
            raise
        raise MediaError(
            f"{clip.name} is a video, and the package av, which reads videos, is not installed.",
            "Run: python -m pip install av",
        ) from missing
    assert clip.path is not None
    target = None if targets is None else targets.video(clip)
    return await look_through(detector, clip.path, clip.name, steps, report, target, tracks)


def _read(photo: Input) -> Image.Image:
    """The picture, upright, as its boxes are: phones lay photos on their side, and say so in EXIF."""
    if photo.path is not None:
        picture = opened(photo.path, photo.name)
    else:
        content = sys.stdin.buffer.read()
        if not content:
            raise MediaError("There is nothing on standard input.", "Send it a picture: … < photo.jpg.")
        if is_video(content[:HEAD]):
            raise MediaError("There is a video on standard input.", "Name its file instead of -.")
        picture = opened(io.BytesIO(content), "standard input")
    return ImageOps.exif_transpose(picture)
