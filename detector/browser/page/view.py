"""What stands around the picture: state, progress, errors, status, lists. It shows; `app` decides."""

import js

from detector.browser.page.events import publish
from detector.browser.platform.dom import element
from detector.browser.platform.interop import PYTHON, items, listen
from detector.browser.platform.language import in_bytes, label, listed, told, word
from detector.drawing.palette import color_of
from detector.running.provider_choice import NAMES as PROVIDERS
from detector.tracking.announcing import counts_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from js import Element

    from detector.detection import Detection
    from detector.errors import DetectorError
    from detector.result import Result
    from detector.running.fallback import FallbackSession

REFRESH_MS = 250.0  # numbers that change faster than this cannot be read

PYTHONS = {"micropython": "MicroPython", "pyodide": "Pyodide"}


class PageView:
    """Everything around the picture. All text goes in as text, never as markup."""

    def __init__(self) -> None:
        self._root = js.document.documentElement
        self.state = "idle"
        self._provider = ""
        self._trouble = ""  # what failed before this provider, in a few words
        self._retry: "Callable[[], object] | None" = None
        self._speed_shown = -REFRESH_MS
        self._found_shown: tuple[tuple[str, int], ...] | None = None
        self._speeds: "dict[str, Element]" = {}  # of each number that is shown, where it stands
        self._reported = (-1.0, "")
        self._waits = ""  # what is waited for beside the network
        self._enough: "Callable[[], object] | None" = None  # ends the looks at a photo
        self._shown_error: "DetectorError | None" = None
        self._settings_left_out: list[str] = []
        self._files_left_out: list[str] = []
        # What closing an error leads to; `app` sets it.
        self.dismissed: "Callable[[], object]" = lambda: self.enter("idle")
        self._root.dataset.python = PYTHON
        element("status-python").textContent = word("Python: {name}", name=PYTHONS[PYTHON])
        listen(element("error-retry"), "click", self._on_retry)
        listen(element("error-dismiss"), "click", self._on_dismiss)
        listen(element("closer-cancel"), "click", self._on_enough)
        if self._root.dataset.state == "error":
            self.enter("idle")  # web/boot.js gave Python up, which only took long

    # State

    def enter(self, state: str) -> None:
        """Show a state and tell it to whoever listens."""
        previous, self.state = self.state, state
        self._root.dataset.state = state
        element("progress").hidden = state != "loading"
        element("empty").hidden = state != "idle"
        element("error").hidden = state != "error"
        if state != "loading":
            self._waits = ""
            element("progress-hints").replaceChildren()
            element("progress-others").hidden = True
        if state not in ("running", "paused"):
            self.notice("")
            self.closer(0, 0, None)
        if state == "idle":
            element("empty").append(element("samples"))  # where an error, or a wait, may have borrowed them
        moving = state in ("running", "paused", "loading")
        element("stop").hidden = not moving and state != "ready"
        element("stop").textContent = word("Stop") if moving else word("Close")
        element("start").hidden = moving
        for button in items(js.document.querySelectorAll("[data-needs-picture]")):
            button.disabled = not self.has_picture
        if previous != state:
            publish("state", {"state": state, "previous": previous})

    @property
    def has_picture(self) -> bool:
        """Whether there is something to be saved."""
        return self.state in ("running", "paused", "ready")

    def runs(self, model: str, session: "FallbackSession | None") -> None:
        """Which network runs on what, and why others do not; None when none is loaded."""
        before = (self._provider, self._trouble)
        self._provider = "" if session is None else session.provider
        self._root.dataset.model = model
        self._root.dataset.provider = self._provider
        if session is None:
            self._trouble = ""
            element("status-provider").textContent = word("Not started")
            _fill(element("reasons"), [], word("Nothing is loaded yet"))
            return
        self._trouble = session.trouble
        name, note = _name(session.provider), session.note
        if before != (session.provider, session.trouble):  # else its speed stands there by now
            element("status-provider").textContent = name
        lines = [listed([name, told(note)] if note else [name])]
        for other, reason in session.passed:
            lines.append(word("Not {provider}: {reason}", provider=_name(other), reason=told(reason)))
        _fill(element("reasons"), lines, "")

    # Loading

    def progress(self, stage: str, received: int, total: int, parts: list[tuple[str, int, int]]) -> None:
        """What is being loaded and how much of it is here, in bytes; total 0 while unknown.

        parts: (label, received, total) of each kind of part.
        """
        if self.state != "loading":
            return
        done, last_stage = self._reported
        fraction = received / total if total else -1.0
        if stage == last_stage and 0 <= fraction - done < 0.01:
            return
        self._reported = (fraction, stage)
        if not self._waits:
            element("progress-text").textContent = told(stage)
        bar = element("progress-bar")
        if total and received < total:
            bar.value = fraction
            lines = [told(part) + " " + in_bytes(some, all_of_it) for part, some, all_of_it in parts]
            element("progress-bytes").textContent = listed(lines)
        else:
            bar.removeAttribute("value")
            element("progress-bytes").textContent = in_bytes(received, 0) if received else ""
        each = [{"part": part, "received": some, "total": all_of_it} for part, some, all_of_it in parts]
        publish("progress", {"stage": stage, "received": received, "total": total, "parts": each})

    def waits(self, words: str, hints: tuple[str, ...]) -> None:
        """Say what is waited for beside the network; "": nothing any more."""
        if self.state != "loading":
            return
        self._waits = words
        element("progress-text").textContent = told(words or self._reported[1])
        box = element("progress-hints")
        box.replaceChildren()
        for hint in hints:
            line = js.document.createElement("p")
            line.textContent = told(hint)
            box.append(line)
        if words:
            element("progress-bar").removeAttribute("value")
            publish("progress", {"stage": words, "received": 0, "total": 0, "parts": []})

    def closer(self, done: int, of: int, enough: "Callable[[], object] | None") -> None:
        """So many looks at a photo are done, and its first boxes are there; enough: called if the visitor cancels the
        others. None: it is over."""
        self._enough = enough
        element("closer").hidden = enough is None
        if enough is not None:
            element("closer-text").textContent = word(
                "Looking closer: {done} of {total}", done=done, total=of
            )

    def _on_enough(self, *_: object) -> None:
        if self._enough is not None:
            self._enough()

    def notice(self, words: str) -> None:
        """Say over the picture what is the matter with it; "": nothing any more."""
        line = element("notice")
        text = told(words)
        if line.textContent != text:
            line.textContent = text
        line.hidden = not words

    def offer_others(self) -> None:
        """Beside what is waited for: photos, and this page's samples."""
        if self._waits:
            element("progress-others").append(element("samples"))
            element("progress-others").hidden = False

    # Errors

    def error(
        self, error: "DetectorError", retry: "Callable[[], object] | None" = None, details: str = ""
    ) -> None:
        """Say what went wrong and what to do; `retry()` is offered where it can help."""
        self._retry = retry
        self._shown_error = error
        element("error-title").textContent = told(error.message)
        element("error-hint").textContent = told(error.hint)
        element("error-retry").hidden = retry is None
        element("error-dismiss").hidden = False
        element("error-details").hidden = not details
        element("error-trace").textContent = details
        element("error-others").hidden = True
        self.enter("error")
        publish("error", error.as_dict())

    def _on_retry(self, *_: object) -> None:
        retry, self._retry = self._retry, None
        if retry is not None:
            retry()

    def _on_dismiss(self, *_: object) -> None:
        self.dismissed()

    @property
    def shown_error(self) -> "DetectorError | None":
        """The error that is shown now."""
        return self._shown_error if self.state == "error" else None

    def setting_left_out(self, words: str) -> None:
        """Note what of the settings was not understood, or could not be had; the page works without it."""
        self._settings_left_out.append(words)
        self._show_left_out()

    def files_left_out(self, words: "list[str]") -> None:
        """Note which of the files that were given could not be read."""
        self._files_left_out = words
        self._show_left_out()

    def _show_left_out(self) -> None:
        lines = [told(one) for one in self._settings_left_out] + self._files_left_out
        element("notes-block").hidden = not lines
        _fill(element("notes"), lines, "")

    def switching(self, text: str, failed: bool = False) -> None:
        """How far a change of the network is, while the one before runs; "" once it is done."""
        into = element("switching")
        into.textContent = text
        into.hidden = not text
        into.className = "bad" if failed else "quiet"

    # Results

    def result(
        self, result: "Result", now_ms: float, rate: float = 0.0, still: bool = False, force: bool = False
    ) -> None:
        """The numbers of one result, a few times a second at most. still: nothing moves, so few are looked at."""
        if not force and now_ms - self._speed_shown < REFRESH_MS:
            return
        self._speed_shown = now_ms
        timings = result.timings
        speed = [_name(result.provider), "{:.0f} ms".format(timings["infer"])]
        if still:
            speed.append(word("still scene"))
        if rate:
            speed.append(word("{count} a second", count=f"{rate:.0f}"))
        if self._trouble:
            speed.append(told(self._trouble))
        element("status-provider").textContent = listed(speed)
        if not element("panel").hidden:
            self.speed(timings, rate)
        self._found(result.detections)

    def speed(self, timings: dict[str, float], rate: float = 0.0) -> None:
        """Milliseconds per stage. rate: results a second; 0 for a still picture."""
        if bool(rate) != ("rate" in self._speeds) or "total" not in self._speeds:
            self._build_speeds(bool(rate))
        for name, value in self._speeds.items():
            value.textContent = f"{rate:.1f}" if name == "rate" else f"{timings.get(name, 0.0):.1f} ms"

    def _build_speeds(self, moving: bool) -> None:
        """A row for each number, with room for a small chart of the last minute (panel/history_chart.py)."""
        into = element("timings")
        into.replaceChildren()
        self._speeds = {}
        for name, words in (
            ("rate", word("Results a second")),
            ("grab", word("Read the picture")),
            ("infer", word("Run the network")),
            ("select", word("Choose boxes")),
            ("draw", word("Draw them")),
            ("total", word("Together")),
        ):
            if name == "rate" and not moving:
                continue
            term = js.document.createElement("dt")
            term.textContent = words
            chart = js.document.createElementNS("http://www.w3.org/2000/svg", "svg")
            chart.setAttribute("role", "img")
            chart.setAttribute("aria-label", word("Nothing yet"))
            chart.setAttribute("preserveAspectRatio", "none")
            chart.dataset.of = name
            value = js.document.createElement("span")
            about = js.document.createElement("dd")
            about.append(chart, value)
            into.append(term, about)
            self._speeds[name] = value

    def _found(self, detections: "list[Detection]") -> None:
        counts: dict[str, int] = {}
        ids: dict[str, int] = {}
        for detection in detections:
            counts[detection.label] = counts.get(detection.label, 0) + 1
            ids[detection.label] = detection.class_id
        lines = tuple(sorted((name, counts[name]) for name in counts))
        if lines == self._found_shown:
            return
        self._found_shown = lines
        into = element("found")
        into.replaceChildren()
        for name, count in lines:
            item = js.document.createElement("li")
            swatch = js.document.createElement("span")
            swatch.className = "swatch"
            swatch.style.background = color_of(ids[name])
            said = label(name)
            item.append(swatch, word("{count} × {thing}", count=count, thing=said) if count > 1 else said)
            into.append(item)
        if not lines:
            _fill(into, [], word("Nothing it knows"))

    def announce(self, text: str) -> None:
        """Say something to a screen reader."""
        element("announce").textContent = text

    def announce_all(self, detections: "list[Detection]") -> None:
        """Say what is in a picture that stands still: "cup 1, person 2"."""
        counts = counts_of(detections)
        lines = [label(name) + " " + str(counts[name]) for name in sorted(counts)]
        self.announce(listed(lines) or word("Nothing it knows"))

    def forget_result(self) -> None:
        """Back to what the page showed before the first result."""
        self._found_shown = None
        _fill(element("found"), [], word("Nothing yet"))
        element("timings").replaceChildren()
        self._speeds = {}
        self.announce("")


def _name(provider: str) -> str:
    return told(PROVIDERS.get(provider, provider))


def _fill(into: "Element", lines: list[str], empty: str) -> None:
    into.replaceChildren()
    for line in lines or ([empty] if empty else []):
        item = js.document.createElement("li")
        item.textContent = line
        if not lines:
            item.className = "quiet"
        into.append(item)
