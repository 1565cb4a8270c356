"""A look through a video: frames in, what is in them to the report, and boxes on a copy. Imports PyAV."""

from contextlib import ExitStack
from pathlib import Path

from detector.detection import Detection
from detector.drawing.marks import marks_of
from detector.native.interruption import Interruption
from detector.native.progress import clock_time
from detector.native.report import Report
from detector.native.video.reader import Frame, Video
from detector.native.video.steps import Steps
from detector.native.video.writer import VideoWriter
from detector.pillow.render import render
from detector.pipeline import Detector
from detector.tracking.counting import Counting, Event
from detector.tracking.tracker import Track, Tracker

MEMORY = 2.0  # seconds that what isn't seen is remembered, besides


async def look_through(
    detector: Detector,
    path: Path,
    name: str,
    steps: Steps,
    report: Report,
    target: Path | None,
    tracks: str = "off",
) -> tuple[int, bool]:
    """How much was found in a video, and whether Ctrl-C has ended it after the frame in hand.

    name: what to call it. target: where a copy with boxes goes, with all frames: one that is not looked at has the
    boxes of the last one that was. tracks: as the setting: "ids" numbers what is seen again, "trails" draws its way
    besides. Raises MediaError, at the end where not all of the file could be read; WriteError.
    """
    found = 0
    detections: list[Detection] = []
    followed: list[Track] = []
    events: list[Event] = []
    tracker: Tracker | None = None
    last: Frame | None = None
    with ExitStack() as stack:
        interruption = stack.enter_context(Interruption())
        video = stack.enter_context(Video(path, name))
        counting = Counting()
        counting.choose(detector.settings.lines, detector.settings.zones)
        if tracks != "off" or counting.active:
            # What two looks see is remembered from one to the next, however far apart they are.
            tracker = Tracker(MEMORY + 2 * steps.apart(video.rate), sure=detector.settings.threshold)
            tracker.numbers = tracks != "off"
        writer = None
        if target is not None:
            writer = stack.enter_context(VideoWriter(target, video.rate, video.time_base))
        stack.callback(report.end)
        if counting.active:  # also of a video that breaks off
            stack.callback(report.counts, name, counting)
            stack.callback(counting.finish)
        report.video(path.name, video.duration)
        for frame in video:
            wanted = steps.wants(frame.number, frame.time)
            if wanted or writer is not None:
                picture = frame.picture()
                if wanted:
                    result = await detector.look(picture, moves=True)
                    if tracker is not None:
                        at = frame.number / video.rate if frame.time is None else frame.time
                        result.tracked(tracker, 1000.0 * float(at))
                        followed = result.tracks if tracks == "trails" else []
                        events = counting.update(
                            result.followed or [], result.at_ms, result.width, result.height
                        )
                    detections = result.detections
                    report.frame(name, frame.number, frame.time, result, events)
                    found += len(detections)
                if writer is not None:
                    writer.write(
                        render(picture, detections, tracks=followed, marks=marks_of(counting)), frame.time
                    )
            report.progress(frame.number, frame.time)
            last = frame
            if interruption.asked:
                break
    if interruption.asked:
        report.say(_stopped(name, last, target))
    elif not found:
        report.nothing(name)
    return found, interruption.asked


def _stopped(name: str, last: Frame | None, target: Path | None) -> str:
    """What there is after Ctrl-C, in words."""
    if last is None:
        return f"Stopped before the first frame of {name}."
    place = f"frame {last.number}" if last.time is None else clock_time(float(last.time))
    told = f"Stopped: {name} was looked at up to {place} (frame {last.number})."
    return told if target is None else f"{told} {target} has it up to there, with boxes."
