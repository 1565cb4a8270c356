"""What the command says: what was found, on standard output as text, JSON or CSV; all else on standard error."""

import io
import json
import sys
from collections.abc import Sequence
from fractions import Fraction

from detector.detection import Detection
from detector.exports.csv_export import HEADER, rows
from detector.exports.look import Look
from detector.native.progress import Progress, clock_time
from detector.result import Result
from detector.tracking.counting import Counting, Event

TEXT, JSON, CSV = "text", "json", "csv"


class Report:
    """Says it as it comes, line by line, so that whoever reads along has it at once."""

    def __init__(self, prog: str, form: str) -> None:
        """prog: what the command is called. form: TEXT, JSON or CSV."""
        self._prog = prog
        self._form = form
        self._progress: Progress | None = None
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(
                errors="backslashreplace"
            )  # of a name that it cannot spell; as standard error does

    def begin(self) -> None:
        """From now on there may be results."""
        if self._form == CSV:
            self._csv([HEADER])

    def photo(self, name: str, result: Result) -> None:
        """What is in a photo."""
        if self._form == JSON:
            self._json({"file": name, **_detail(result, "image")})
        elif self._form == CSV:
            self._csv(rows(Look(name, result.width, result.height, result.detections)))
        else:
            self._text(name, result.detections)
            if not result.detections:
                self.nothing(name)

    def frame(
        self, name: str, number: int, time: Fraction | None, result: Result, events: Sequence[Event] = ()
    ) -> None:
        """What is in a video's frame. number: of the frame in the video, from 1 on. time: in s, if it is known.

        events: at lines and zones.
        """
        seconds = None if time is None else round(float(time), 6)
        if self._form == JSON:
            happened = {"events": [one.detail() for one in events]} if events else {}
            self._json(
                {"file": name, "time": seconds, **_detail(result, "video"), "frame": number, **happened}
            )
        elif self._form == CSV:
            self._csv(rows(Look(name, result.width, result.height, result.detections, seconds)))
        else:
            place = f"frame {number}" if seconds is None else clock_time(seconds)
            self._text(f"{name} {place}", result.detections)

    def counts(self, name: str, counting: Counting) -> None:
        """How many crossed each line, and were in each zone, of a video. Beside a table, on standard error."""
        if self._form == JSON:
            counts = counting.as_dict()
            self._json({"file": name, "lines": counts["lines"], "zones": counts["zones"]})
            return
        for line in counting.lines:
            self._counted(f"{name}: {line.line.name}: {line.total('in')} in, {line.total('out')} out")
        for zone in counting.zones:
            entered, left = sum(zone.entered.values()), sum(zone.left.values())
            self._counted(
                f"{name}: {zone.zone.name}: {entered} entered, {left} left, longest {zone.longest:.1f} s"
            )

    def _counted(self, text: str) -> None:
        if self._form == TEXT:
            self._print(text)
        else:
            self.say(text)

    def nothing(self, name: str) -> None:
        """There is nothing in a photo, or in all of a video: as text alone, as the other forms are for programs."""
        if self._form == TEXT:
            self._print(f"{name}: nothing found")

    def say(self, text: object) -> None:
        """A problem, or anything else that is no result."""
        self.clear()
        print(f"{self._prog}: {text}", file=sys.stderr, flush=True)

    def video(self, name: str, duration: float | None) -> None:
        """A video begins; duration: in s, if it is known."""
        self._progress = Progress(sys.stderr, name, duration)

    def progress(self, frames: int, time: Fraction | None) -> None:
        """So far is the video."""
        if self._progress is not None:
            self._progress.show(frames, float(time or 0))

    def end(self) -> None:
        """The video is over."""
        self.clear()
        self._progress = None

    def clear(self) -> None:
        """Take the progress from the terminal."""
        if self._progress is not None:
            self._progress.clear()

    def _text(self, place: str, detections: list[Detection]) -> None:
        for detection in detections:
            x, y, width, height = detection.box
            where = f"{x:.0f},{y:.0f}, {width:.0f}x{height:.0f}"
            number = "" if detection.track_id is None else f" {detection.track_id}"
            self._print(f"{place}: {detection.label}{number} {detection.score:.2f} at {where}")

    def _json(self, plain: dict[str, object]) -> None:
        self._print(json.dumps(plain))

    def _print(self, line: str) -> None:
        self.clear()
        print(line, flush=True)

    def _csv(self, lines: list[str]) -> None:
        """As bytes, since text would get other ends of lines on Windows than RFC 4180 asks for."""
        self.clear()
        sys.stdout.buffer.write("".join(f"{line}\r\n" for line in lines).encode("utf-8", "backslashreplace"))
        sys.stdout.buffer.flush()


def _detail(result: Result, source: str) -> dict[str, object]:
    """As in a `detector:result` event, and by which look each thing was found."""
    detail = result.detail(source)
    found = detail["detections"]
    assert isinstance(found, list)
    for plain, detection in zip(found, result.detections, strict=True):
        plain["look"] = detection.look
    return detail
