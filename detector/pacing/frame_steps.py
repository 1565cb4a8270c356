"""Every frame of a video, one after another, where a browser can only be asked to show a time.

    steps = FrameSteps(duration)
    while (time := steps.target()) is not None:
        shown = await seek(time)          # when the frame that is shown there begins
        if steps.landed(shown):
            ...                           # the next frame, at steps.time

A later time shows the same frame or a later one. So where two times show two frames, another may be between them: it is
looked for until the times are RESOLUTION apart. Once frames have come at an even rate, one that comes at this rate is
the next. All times are in s.
"""

RESOLUTION = 0.004  # frames nearer to each other than this may be missed: 250 a second
USUAL_GAP = 1 / 30
EVEN = 0.002  # containers round to a millisecond
ENOUGH = 6  # even gaps in a row


class FrameSteps:
    """Where to seek to, and which of what is shown then is the next frame.

    duration: of the video. time: when the frame that was found last begins. exact: False once a frame was shown that
    should have been over: so does Chromium where a file's frames come unevenly and do not say how long they last, as in
    recordings by browsers; or before it should have begun, as where uneven frames of an MP4 are stored in another order
    than they are shown in (B-frames): some before a key frame cannot be sought to; or where the browser does not tell.
    Frames may then be missed.
    """

    def __init__(self, duration: float) -> None:
        self.time = -1.0
        self.exact = True
        self._end = duration
        self._target = 0.0
        self._same = -1.0  # the latest time that is known to show the last frame; before the first -1
        self._later = 0.0  # the earliest time that is known to show a later one, and
        self._later_begins = 0.0  # when that one begins; 0 while none is known
        self._step = USUAL_GAP * 1.5
        self._gap = 0.0
        self._doubtful = False  # one that came was not the next
        self._even = 0  # gaps in a row that were like the one before

    def target(self) -> float | None:
        """The time to seek to; None at the end."""
        if self._same < 0:
            self._target = 0.0
        elif self._later_begins:
            self._target = self._later
            if not self._resolved():
                self._target = (self._same + self._later) / 2
        elif self._same >= self._end:
            return None
        else:
            self._target = min(self._end, self._same + self._step)
        return self._target

    def landed(self, shown: float | None) -> bool:
        """The target was sought. shown: when the frame there begins; None where the browser does not tell, or tells no
        more: then any is taken for the next, at USUAL_GAP from each other. Returns whether it is the next frame."""
        if shown is None:
            new = self._same < 0 or self._target < self._end - RESOLUTION
            self._same, self._step, self._later_begins = self._target, USUAL_GAP, 0.0
            self.time = self._target if new else self.time
            self.exact = False
            return new
        if self._same < 0:
            self.time, self._same = shown, self._target
            return True
        if shown <= self.time + RESOLUTION / 4:
            self._same = max(self._same, self._target)
            if self._same >= self._later:
                self._later_begins = 0.0  # it was shown there before, and is not any more
            self._step *= 2  # a picture that stands still for long
            return False
        self._later, self._later_begins = self._target, shown
        if not self._resolved():
            self._doubtful = True
            return False
        self._accept(shown)
        return True

    def _accept(self, shown: float) -> None:
        if shown < self._same or shown > self._target + RESOLUTION:
            self.exact = False
        gap = shown - self.time
        self._even = self._even + 1 if abs(gap - self._gap) <= EVEN else 0
        self._gap = gap
        self.time, self._same = shown, self._target
        self._later_begins = 0.0
        self._doubtful = False
        self._step = max(RESOLUTION, shown + 1.5 * gap - self._target)  # the middle of the next one

    def _resolved(self) -> bool:
        """Whether nothing can be between the last frame and the later one."""
        if self._even >= ENOUGH and not self._doubtful and self._later_begins - self.time <= 1.3 * self._gap:
            return True
        # Not by when it begins: where it is not exact, another may be shown before.
        return self._later - self._same <= RESOLUTION
