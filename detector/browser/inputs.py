"""The visitor's hands: buttons, files, drop, paste and keys, each to one verb of the app."""

import json

import js

from detector.browser.awake import Awake
from detector.browser.interop import EMBEDDED, as_detector_error, is_none, items, listen, supervise
from detector.browser.language import explained, told, word
from detector.browser.late import late
from detector.browser.page import element
from detector.errors import DetectorError

STUDIO = (
    "detector.heat",
    "detector.browser.studio",
    "detector.browser.full_size",
    "detector.browser.heat_map",
    "detector.browser.studio_section",
)
SAMPLES = "./vendor/samples/"


def connect(app: object) -> None:
    """Wire the page to the app, and do what was asked for before Python was there."""
    listen(element("start"), "click", app.start)
    listen(element("stop"), "click", app.stop)
    listen(element("choose"), "click", lambda event: element("files").click())
    listen(element("snapshot"), "click", lambda event: supervise(app.save_snapshot(), app.fail))
    listen(element("empty"), "click", lambda event: _invited(app, event))
    listen(element("more"), "click", lambda event: _toggle_panel(app))
    listen(element("full-speed"), "change", lambda event: app.full_speed(element("full-speed").checked))
    Awake()
    _connect_threshold(app)
    _connect_files(app)
    _connect_failures(app)
    supervise(_show_samples(app), app.fail)
    _catch_up(app)


def _invited(app: object, event: object) -> None:
    button = event.target.closest("[data-does]")
    if is_none(button):
        return
    if button.dataset.does == "start":
        app.start()
    else:
        element("files").click()


def _toggle_panel(app: object) -> None:
    panel = element("panel")
    panel.hidden = not panel.hidden
    element("more").setAttribute("aria-expanded", "false" if panel.hidden else "true")
    if app.controls is None:
        from detector.browser.controls import Controls  # only who opens the panel needs these
        from detector.browser.exports import Exports
        from detector.browser.privacy import Privacy
        from detector.browser.saw import Saw

        app.controls = Controls(app)
        Exports(app)
        Saw(app)
        app.privacy = Privacy(app)
    if not panel.hidden:
        app.privacy.show()
    if not panel.hidden and app.section is None:
        app.section = supervise(_open_section(app), lambda error: _section_failed(app, error))
    if app.last is not None:
        app.page.speed(app.last.timings)


async def _open_section(app: object) -> None:
    app.section = (await late(*STUDIO)).Section(app)
    element("full-size-error").hidden = True


def _section_failed(app: object, error: BaseException) -> None:
    """The rest of the panel works. The next opening tries again."""
    app.section = None
    known = as_detector_error(error, lambda message: DetectorError("Something went wrong: " + message))
    element("full-size-error").textContent = explained(known)
    element("full-size-error").hidden = False


def _connect_threshold(app: object) -> None:
    slider = element("threshold")

    def show(*_: object) -> None:
        element("threshold-value").textContent = f"{float(slider.value) * 100:.0f}%"

    def changed(*_: object) -> None:
        show()
        app.change("threshold", slider.value)

    def changed_elsewhere(name: str) -> None:
        if name == "threshold":
            slider.value = app.settings.threshold
            show()

    app.changed = changed_elsewhere  # until the panel's controls see to it
    changed_elsewhere("threshold")
    listen(slider, "input", changed)


def _connect_files(app: object) -> None:
    files = element("files")
    stage = element("stage")

    def take(chosen: object) -> None:
        found = items(chosen)
        if found:
            app.look_at_files(found)

    def picked(*_: object) -> None:
        take(files.files)
        files.value = ""  # so that the same file can be chosen again

    def dragged(event: object) -> None:
        event.preventDefault()
        stage.classList.add("drop")

    def left(event: object) -> None:
        if is_none(event.relatedTarget):
            stage.classList.remove("drop")

    def dropped(event: object) -> None:
        event.preventDefault()
        stage.classList.remove("drop")
        take(event.dataTransfer.files)

    listen(files, "change", picked)
    listen(js.document, "dragover", dragged)
    listen(js.document, "dragleave", left)
    listen(js.document, "drop", dropped)
    listen(js.document, "paste", lambda event: take(event.clipboardData.files))


def _connect_failures(app: object) -> None:
    """From now on nothing fails unseen: not in a handler, not in a promise."""

    def failed(event: object) -> None:
        reason = getattr(event, "reason", None)
        message = str(event.message) if is_none(reason) else str(getattr(reason, "message", reason))
        app.fail(
            DetectorError("Something went wrong: " + message, "Try again; if it stays, reload the page.")
        )

    listen(js.window, "error", failed)
    listen(js.window, "unhandledrejection", failed)


async def _show_samples(app: object) -> None:
    response = await js.fetch(SAMPLES + "samples.json")
    if not response.ok:
        return
    for sample in json.loads(await response.text()):
        button = js.document.createElement("button")
        button.type = "button"
        title = told(sample["title"])
        button.title = word(
            "{title} ({credit}, {licence})", title=title, credit=sample["credit"], licence=sample["licence"]
        )
        image = js.document.createElement("img")
        image.src = SAMPLES + sample["file"]
        image.alt = word("Sample: {title}", title=title)
        button.append(image)
        _connect_sample(app, button, SAMPLES + sample["file"])
        element("samples").append(button)


def _connect_sample(app: object, button: object, path: str) -> None:
    listen(button, "click", lambda event: app.look_at_sample(path))


def _catch_up(app: object) -> None:
    """What the visitor did before Python was up."""
    early = js.window.onlookerEarly
    if element("files").files.length:
        app.look_at_files(items(element("files").files))
    elif early.files.length:
        app.look_at_files(items(early.files))
    elif early.start or (app.settings.autostart and EMBEDDED != "cross-origin"):
        app.start()
