"""The visitor's hands: buttons, files, drop and paste, each to one verb of the app."""

import json

import js

from detector import by_name
from detector.browser.page.drop_and_paste import DropAndPaste
from detector.browser.platform.dom import element
from detector.browser.platform.interop import EMBEDDED, bridge, failure, is_none, items, listen, supervise
from detector.browser.platform.language import told, word
from detector.browser.platform.save_file import save_file
from detector.browser.platform.wake_lock import WakeLock
from detector.browser.sources import LIVE
from detector.errors import DetectorError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from js import Element, ErrorEvent, Event, PromiseRejectionEvent

    from detector.browser.page.app import App

SAMPLES = "./vendor/samples/"


def connect(app: "App") -> None:
    """Wire the page to the app, and do what was asked for before Python was there."""
    listen(element("start"), "click", app.start)
    listen(element("stop"), "click", app.stop)
    listen(element("choose"), "click", lambda event: element("files").click())
    listen(element("snapshot"), "click", lambda event: supervise(_save_snapshot(app), app.fail))
    listen(element("empty"), "click", lambda event: _invited(app, event))
    WakeLock()
    for name in LIVE[1:]:
        _connect_source(app, name)
    _connect_threshold(app)
    _connect_files(app)
    given = DropAndPaste(app)
    _connect_failures(app)
    supervise(_show_samples(app), app.fail)
    _catch_up(app, given)


def _invited(app: "App", event: "Event") -> None:
    button = event.target.closest("[data-does]")
    if is_none(button):
        return
    if button.dataset.does == "start":
        app.start()
    else:
        element("files").click()


async def _save_snapshot(app: "App") -> None:
    canvas = app.stage.annotated_picture()
    if canvas is not None:
        save_file(await (await bridge()).blobOf(canvas), "onlooker.png")


def _connect_source(app: "App", name: str) -> None:
    button = js.document.createElement("button")
    button.type = "button"
    button.textContent = told(by_name.module(name).BUTTON)
    element("choose").before(button)
    listen(button, "click", lambda event: app.begin(name))


def _connect_threshold(app: "App") -> None:
    slider = element("threshold")

    def show(*_: object) -> None:
        element("threshold-value").textContent = f"{float(slider.value) * 100:.0f}%"

    def changed(*_: object) -> None:
        show()
        app.settings.change("threshold", slider.value)

    def changed_elsewhere(name: str) -> None:
        if name == "threshold":
            slider.value = app.settings.now.threshold
            show()

    app.settings.on_shown(changed_elsewhere)
    changed_elsewhere("threshold")
    listen(slider, "input", changed)


def _connect_files(app: "App") -> None:
    files = element("files")

    def picked(*_: object) -> None:
        if files.files.length:
            app.look_at_files(items(files.files))
        files.value = ""  # so that the same file can be chosen again

    listen(files, "change", picked)


def _connect_failures(app: "App") -> None:
    """From now on nothing fails unseen: not in a handler, not in a promise."""

    def failed(event: "ErrorEvent | PromiseRejectionEvent") -> None:
        reason = getattr(event, "reason", None)
        message = getattr(event if is_none(reason) else reason, "message", None)
        if is_none(message):
            message = js.String(reason)
        app.fail(
            DetectorError("Something went wrong: " + str(message), "Try again; if it stays, reload the page.")
        )

    listen(js.window, "error", failed)
    listen(js.window, "unhandledrejection", failed)


async def _samples() -> "list[dict[str, str]]":
    """What the page has of them; none without a network, or where its host has left them out."""
    try:
        response = await js.fetch(SAMPLES + "samples.json")
        return json.loads(await response.text()) if response.ok else []
    except Exception as error:  # whatever the page is at meanwhile goes on
        js.console.info("There are no samples: " + failure(error)[1])
        return []


async def _show_samples(app: "App") -> None:
    for sample in await _samples():
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


def _connect_sample(app: "App", button: "Element", path: str) -> None:
    listen(button, "click", lambda event: app.look_at_sample(path))


def _catch_up(app: "App", given: DropAndPaste) -> None:
    """What the visitor did before Python was up."""
    early = js.window.onlookerEarly
    if element("files").files.length:
        app.look_at_files(items(element("files").files))
    elif not is_none(early.given):
        given.take(early.given)
    elif early.start or (app.settings.now.autostart and EMBEDDED != "cross-origin"):
        app.start()
