"""The page's own parts: state, progress, errors, status, lists. It shows; `app` decides."""

import js

from detector.browser.events import publish
from detector.browser.interop import PYTHON, listen
from detector.browser.language import label, listed, told, word
from detector.choice import NAMES as PROVIDERS
from detector.palette import color_of

MB = 1_000_000
REFRESH_MS = 250  # numbers that change faster than this cannot be read

PYTHONS = {"micropython": "MicroPython", "pyodide": "Pyodide"}


def element(name: str) -> object:
    """The element with this id."""
    return js.document.getElementById(name)


class Page:
    """Everything around the picture. All text goes in as text, never as markup."""

    def __init__(self) -> None:
        self._root = js.document.documentElement
        self.state = "idle"
        self.provider = ""
        self._trouble = ""  # what failed before this provider, in a few words
        self._retry = None
        self._speed_shown = -REFRESH_MS
        self._found_shown = None
        self._speeds = {}  # of each number that is shown, where it stands
        self._reported = (-1.0, "")
        self._root.dataset.python = PYTHON
        element("status-python").textContent = word("Python: {name}", name=PYTHONS[PYTHON])
        listen(element("error-retry"), "click", self._on_retry)
        listen(element("error-dismiss"), "click", self._on_dismiss)

    # State

    def enter(self, state: str) -> None:
        """Show a state and tell it to whoever listens."""
        previous, self.state = self.state, state
        self._root.dataset.state = state
        element("progress").hidden = state != "loading"
        element("empty").hidden = state != "idle"
        element("error").hidden = state != "error"
        if state == "idle":
            element("empty").append(element("samples"))  # where an error may have borrowed them
        moving = state in ("running", "paused", "loading")
        element("stop").hidden = not moving and state != "ready"
        element("stop").textContent = word("Stop") if moving else word("Close")
        element("start").hidden = moving
        for name in ("snapshot", "full-size", "heat", "copy-picture", "save-json", "save-csv", "save-coco"):
            element(name).disabled = state not in ("running", "paused", "ready")
        if previous != state:
            publish("state", {"state": state, "previous": previous})

    def model(self, name: str, provider: str, trouble: str = "") -> None:
        """Which network runs on what, and what failed before it; empty strings when none is loaded."""
        self.provider = provider
        self._trouble = trouble
        self._root.dataset.model = name
        self._root.dataset.provider = provider
        element("status-provider").textContent = told(PROVIDERS.get(provider, "Not started"))

    # Loading

    def progress(self, stage: str, received: int, total: int, parts: list) -> None:
        """What is being loaded and how much of it is here, in bytes; total 0 while unknown.

        parts: (label, received, total) of each kind of part.
        """
        done, last_stage = self._reported
        fraction = received / total if total else -1.0
        if stage == last_stage and 0 <= fraction - done < 0.01:
            return
        self._reported = (fraction, stage)
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

    # Errors

    def error(self, error: object, retry: object = None, details: str = "") -> None:
        """Say what went wrong and what to do; `retry()` is offered where it can help."""
        self._retry = retry
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

    def dismissed(self) -> None:
        """What closing an error leads to; `app` sets it."""
        self.enter("idle")

    def notes(self, settings: list, files: list) -> None:
        """Settings that were not understood, and files that could not be read."""
        element("notes-block").hidden = not settings and not files
        _fill(element("notes"), [told(one) for one in settings] + files, "")

    def reasons(self, provider: str, note: str, passed: list) -> None:
        """Which provider runs, and why others were passed over."""
        lines = [listed([_name(provider), told(note)] if note else [_name(provider)])] if provider else []
        for name, reason in passed:
            lines.append(word("Not {provider}: {reason}", provider=_name(name), reason=told(reason)))
        _fill(element("reasons"), lines, word("Nothing is loaded yet"))

    def switching(self, text: str, failed: bool = False) -> None:
        """How far a change of the network is, while the one before runs; "" once it is done."""
        into = element("switching")
        into.textContent = text
        into.hidden = not text
        into.className = "bad" if failed else "quiet"

    # Results

    def result(
        self, result: object, now_ms: float, rate: float = 0.0, still: bool = False, force: bool = False
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

    def speed(self, timings: dict, rate: float = 0.0) -> None:
        """Milliseconds per stage. rate: results a second; 0 for a still picture."""
        if bool(rate) != ("rate" in self._speeds) or "total" not in self._speeds:
            self._build_speeds(bool(rate))
        for name, value in self._speeds.items():
            value.textContent = f"{rate:.1f}" if name == "rate" else f"{timings.get(name, 0.0):.1f} ms"

    def _build_speeds(self, moving: bool) -> None:
        """A row for each number, with room for a small chart of the last minute (detector/browser/saw.py)."""
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

    def _found(self, detections: list) -> None:
        counts = {}
        ids = {}
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

    def battery(self, low: bool, gentle: bool) -> None:
        """low: the visitor has a choice of pace. gentle: the pace is the slower one."""
        element("battery").hidden = not low
        element("status-battery").hidden = not gentle

    def announce(self, text: str) -> None:
        """Say something to a screen reader."""
        element("announce").textContent = text

    def forget_result(self) -> None:
        """Back to what the page showed before the first result."""
        self._found_shown = None
        _fill(element("found"), [], word("Nothing yet"))
        element("timings").replaceChildren()
        self._speeds = {}
        self.announce("")


def in_bytes(received: int, total: int) -> str:
    """How much of something is here: "1.2 of 3.1 MB"; total 0 while unknown."""
    if not total:
        return f"{received / MB:.1f} MB"
    return word("{received} of {total} MB", received=f"{received / MB:.1f}", total=f"{total / MB:.1f}")


def _name(provider: str) -> str:
    return told(PROVIDERS.get(provider, provider))


def _fill(into: object, lines: list, empty: str) -> None:
    into.replaceChildren()
    for line in lines or ([empty] if empty else []):
        item = js.document.createElement("li")
        item.textContent = line
        if not lines:
            item.className = "quiet"
        into.append(item)
