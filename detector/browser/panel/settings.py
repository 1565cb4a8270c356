"""The panel's controls: one for each setting that can be changed while the page runs. Loaded when the panel is opened.

The app keeps the settings; here they are only shown and asked for. What was changed is remembered in this browser, and
stands in the page's address, so that a view can be shared by its address.
"""

import js

from detector.browser.network.downloads.manifest import load_manifest
from detector.browser.panel.remembered_settings import forget, remember
from detector.browser.platform.dom import element
from detector.browser.platform.interop import attempt, failure, items, listen, supervise
from detector.browser.platform.language import explained, told, when_spoken
from detector.browser.platform.language import label as name_of
from detector.browser.sources.camera import cameras
from detector.by_name import module, short
from detector.drawing.styles import STYLES
from detector.errors import DetectorError, SettingError
from detector.labels import COCO_LABELS
from detector.language import NAMES as LANGUAGES
from detector.language import best, full_tag
from detector.settings import Settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from js import Element

    from detector.browser.page.app import App

CHOICES = (
    "provider",
    "model",
    "skip",
    "look",
    "tracks",
    "video",
    "boxes",
    "mirror",
    "facing",
    "camera",
    "resolution",
    "lang",
)
RANGES = ("iou", "max")
MODELS = {"coco-ssd-lite": "Standard", "coco-ssd-tiny": "Tiny, half the download"}


class Section:
    """Wires the form to the app: what is chosen goes to `app.change`, what has changed is shown."""

    def __init__(self, app: "App") -> None:
        self._app = app
        # (label, row, its button "Only", its button "Hide")
        self._rows: "list[tuple[str, Element, Element, Element]]" = []
        self._settings = app.settings
        app.settings.on_shown(self._changed)
        when_spoken(self._speak_of_classes)
        self._build_classes()
        for language, said in LANGUAGES:
            _add_option(element("set-lang"), language, said, language)
        for style in STYLES:
            if short(style) not in _values(element("set-boxes")):
                _add_option(element("set-boxes"), short(style), told(module(style).TITLE))
        for name in CHOICES:
            self._connect(name, "change")
        for name in RANGES:
            self._connect(name, "input")
        say = element("set-announce")
        listen(say, "change", lambda event: self._set("announce", say.checked))
        listen(element("controls"), "submit", lambda event: event.preventDefault())
        listen(element("class-search"), "input", lambda event: self._search())
        listen(element("share"), "click", lambda event: supervise(self._share(), app.fail))
        listen(element("reset"), "click", lambda event: self._reset())
        self._show_all()
        supervise(self._fill(), app.fail)

    def _connect(self, name: str, event: str) -> None:
        control = element("set-" + name)
        listen(control, event, lambda event: self._set(name, control.value))

    def _set(self, name: str, value: "str | float") -> None:
        try:
            self._settings.change(name, value)
        except SettingError as error:
            element("controls-text").textContent = explained(error)

    async def _fill(self) -> None:
        """What can be chosen among is known a moment later."""
        await self._list_cameras()
        if js.navigator.mediaDevices:
            listen(js.navigator.mediaDevices, "devicechange", lambda event: self._changed("camera"))
        try:
            manifest = await load_manifest()
        except DetectorError:
            names = [self._settings.now.model]  # starting says what is wrong with the list
        else:
            names = sorted({model.name for model in manifest.models if model.form == "full"})
        options = [(name, told(MODELS.get(name, name))) for name in names]
        _fill_select(element("set-model"), options, self._settings.now.model)

    async def _list_cameras(self) -> None:
        names = [name for name, _ in await cameras()]
        wanted = self._settings.now.camera
        if wanted and wanted not in names:
            names.append(wanted)
        options = [("", told("Any"))] + [(name, name) for name in names]
        _fill_select(element("set-camera"), options, wanted)

    def opened(self) -> None:
        """The panel is open."""

    # What is shown

    def _changed(self, name: str) -> None:
        """A setting has another value, from here or from elsewhere."""
        self._show(name)
        if name == "camera":
            supervise(self._list_cameras(), self._app.fail)
        remember(self._settings.now)
        element("controls-text").textContent = ""

    def _show_all(self) -> None:
        for name in CHOICES + RANGES + ("classes", "announce"):
            self._show(name)

    def _show(self, name: str) -> None:
        settings = self._settings.now
        if name == "classes":
            for label, _, only, hide in self._rows:
                _press(only, settings.allow is not None and label in settings.allow)
                _press(hide, label in settings.deny)
        elif name == "announce":
            element("set-announce").checked = settings.announce
        elif name in CHOICES + RANGES:
            control = element("set-" + name)
            value = str(getattr(settings, name))
            if name == "lang":
                value = best([value])  # "de" for "de-AT"
            if name == "skip" and value not in _values(control):
                _add_option(control, value, value)
            control.value = value
            if name in RANGES:
                told = f"{settings.iou * 100:.0f}%" if name == "iou" else value
                control.nextElementSibling.textContent = told

    # Kinds of things

    def _build_classes(self) -> None:
        into = element("class-list")
        for label in sorted(COCO_LABELS.names(), key=name_of):
            row = js.document.createElement("li")
            words = js.document.createElement("span")
            words.textContent = name_of(label)
            row.append(words)
            only = self._class_button("Only", label, row)
            hide = self._class_button("Hide", label, row)
            self._rows.append((label, row, only, hide))
            into.append(row)

    def _speak_of_classes(self) -> None:
        """In another language they have other names, and another order."""
        self._rows.sort(key=lambda row: name_of(row[0]))
        for label, row, only, hide in self._rows:
            row.firstChild.textContent = name_of(label)
            for button in (only, hide):
                button.setAttribute("aria-label", str(button.textContent) + " " + name_of(label))
            element("class-list").append(row)
        self._search()

    def _class_button(self, word: str, label: str, row: "Element") -> "Element":
        button = js.document.createElement("button")
        button.type = "button"
        button.textContent = told(word)
        button.setAttribute("aria-label", told(word) + " " + name_of(label))
        listen(button, "click", lambda event: self._toggle_class(label, word == "Hide"))
        row.append(button)
        return button

    def _toggle_class(self, label: str, hide: bool) -> None:
        settings = self._settings.now
        chosen = [name for name in settings.classes.split(",") if name]
        mine, other = ("-" + label, label) if hide else (label, "-" + label)
        if mine in chosen:
            chosen.remove(mine)
        else:
            chosen = [name for name in chosen if name != other] + [mine]
        self._set("classes", ",".join(chosen))

    def _search(self) -> None:
        wanted = element("class-search").value.strip().lower()
        for label, row, _, _ in self._rows:
            row.hidden = wanted not in label and wanted not in name_of(label).lower()

    # The whole view

    async def _share(self) -> None:
        remember(self._settings.now)
        link = js.location.href
        try:
            await attempt(js.navigator.clipboard, "writeText", link)
        except Exception as error:
            js.console.info("Not copied: " + failure(error)[1])
            element("controls-text").textContent = told(
                "This browser does not let the page copy. The link: " + link
            )
            return
        element("controls-text").textContent = told("The link to this view is copied.")

    def _reset(self) -> None:
        usual = Settings()
        for name in CHOICES + RANGES + ("threshold", "classes", "lines", "zones", "announce"):
            self._set(name, getattr(usual, name))
        element("class-search").value = ""
        self._search()
        forget()
        element("controls-text").textContent = told("All settings are as at first.")


def _press(button: "Element", pressed: bool) -> None:
    button.setAttribute("aria-pressed", "true" if pressed else "false")


def _values(select: "Element") -> list[str]:
    return [option.value for option in items(select.options)]


def _fill_select(select: "Element", options: list[tuple[str, str]], chosen: str) -> None:
    select.replaceChildren()
    for value, words in options:
        _add_option(select, value, words)
    select.value = chosen


def _add_option(select: "Element", value: str, words: str, language: str = "") -> None:
    option = js.document.createElement("option")
    option.value = value
    option.textContent = words
    if language:
        option.lang = full_tag(language)
    select.append(option)
