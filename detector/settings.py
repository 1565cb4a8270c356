"""What a visitor may set, in the page's address or on the embed element: names, defaults, what is valid.

    >>> settings, problems = parse([("threshold", "0.7"), ("classes", "dog,-cat,dragon"), ("colour", "red")])
    >>> settings.threshold, problems
    (0.7, ['classes: there is no class "dragon".', 'There is no setting named "colour".'])

| name      | values                      | default       |                                                  |
| --------- | --------------------------- | ------------- | ------------------------------------------------ |
| provider  | auto, webgpu, webgl, wasm   | auto          | what runs the network                            |
| model     | a name from the manifest    | coco-ssd-lite |                                                  |
| threshold | 0 to 1                      | 0.5           | the least score that counts                      |
| iou       | 0 to 1                      | 0.6           | boxes of one class that overlap more are doubles |
| max       | 1 to 200                    | 20            | at most this many objects                        |
| classes   | labels, commas between      | all           | show only these; "-cat" or "!cat": never cats    |
| facing    | user, environment           | user          | which camera                                     |
| camera    | a camera's name             | none          | this one, where it is there; otherwise by facing |
| resolution| auto, or as in 640x480      | auto          | of the camera's picture, as near as it can       |
| mirror    | auto, 0, 1                  | auto          | auto: only the camera that faces the visitor     |
| boxes     | full, outline, corners, parts | full        | how they are drawn; parts: what was looked at    |
| skip      | auto, or 0 to 1000          | auto          | frames to leave out after each one taken         |
| look      | auto, once, closer, closest | auto          | at the whole alone, or at parts of it besides    |
| tracks    | off, ids, trails            | ids           | number what moves from frame to frame; show ways |
| lines     | name:x,y,x,y;…              | none          | counts who crosses them (tracking/shapes.py)     |
| zones     | name:x,y,x,y,x,y;…          | none          | counts who is in them                            |
| video     | play, every                 | play          | of a video file: while it plays, or every frame  |
| announce  | 0, 1                        | 1             | say to screen readers what appears and leaves    |
| autostart | 0, 1                        | 0             | start the camera without a click                 |
| lang      | a language tag: en, pt-BR   | the browser's |                                                  |
| python    | micropython, pyodide        | micropython   | which Python runs the page                       |

look=auto looks closer at photos, and at parts of live pictures while there is time for it (vision/regions.py).
With skip=0 each frame is looked at that the network can take. Otherwise a scene in which nothing moves is looked at
once a second, and a nearly empty battery makes skip=auto gentler.
"""

from math import isfinite

from detector.by_name import short
from detector.drawing.styles import STYLES
from detector.errors import SettingError, shortened
from detector.labels import COCO_LABELS, Labels
from detector.tracking.shapes import lines_of, lines_text, zones_of, zones_text
from detector.vision.regions import LOOKS

NAMES = (
    "provider",
    "model",
    "threshold",
    "iou",
    "max",
    "classes",
    "facing",
    "camera",
    "resolution",
    "mirror",
    "boxes",
    "skip",
    "look",
    "tracks",
    "lines",
    "zones",
    "video",
    "announce",
    "autostart",
    "lang",
    "python",
)

_CHOICES = {
    "provider": ("auto", "webgpu", "webgl", "wasm"),
    "facing": ("user", "environment"),
    "resolution": ("auto", "320x240", "640x480", "1280x720", "1920x1080"),
    "mirror": ("auto", "0", "1"),
    "boxes": tuple([short(name) for name in STYLES]),
    "look": ("auto",) + LOOKS,
    "tracks": ("off", "ids", "trails"),
    "video": ("play", "every"),
    "announce": ("0", "1"),
    "autostart": ("0", "1"),
    "python": ("micropython", "pyodide"),
}
_LARGEST_MAX = 200
_LARGEST_SKIP = 1000
_LONGEST_NAME = 200
_LONGEST = 4000  # characters of any value
_MOST_PAIRS = 200  # of an address
_MOST_PROBLEMS = 20  # that are told


class Settings:
    """One value for each name; as attributes. Never changed in place: `changed` gives a new one."""

    def __init__(self) -> None:
        self.provider = "auto"
        self.model = "coco-ssd-lite"
        self.threshold = 0.5
        self.iou = 0.6
        self.max = 20
        self.classes = ""
        self.facing = "user"
        self.camera = ""
        self.resolution = "auto"
        self.mirror = "auto"
        self.boxes = "full"
        self.skip: str | int = "auto"
        self.look = "auto"
        self.tracks = "ids"
        self.lines = ""
        self.zones = ""
        self.video = "play"
        self.announce = True
        self.autostart = False
        self.lang = ""
        self.python = "micropython"
        # What `classes` means: only these labels (None: all), and never these.
        self.allow: frozenset[str] | None = None
        self.deny: frozenset[str] = frozenset()

    def changed(self, name: str, value: object, labels: Labels = COCO_LABELS) -> "Settings":
        """These settings with one of them another: as text, as in an address, or as a value of its own type.

        Raises SettingError, saying what would be valid, for an unknown name or a bad value.
        """
        new = Settings()
        for attribute in NAMES + ("allow", "deny"):
            setattr(new, attribute, getattr(self, attribute))
        problems = new._set(name, _as_text(value), labels)
        if problems:
            hint = f"The classes are: {', '.join(labels.names())}." if name == "classes" else ""
            raise SettingError(" ".join(problems), hint)
        return new

    def as_query(self) -> list[tuple[str, str]]:
        """(name, text) of each setting that is not at its default, in the order of NAMES, for parse()."""
        usual = Settings()
        return [
            (name, _as_text(getattr(self, name)))
            for name in NAMES
            if getattr(self, name) != getattr(usual, name)
        ]

    def _set(self, name: str, text: str, labels: Labels) -> list[str]:
        """Set one; gives, in words, the part of it that was ignored. SettingError where that is all of it."""
        if name not in NAMES:
            raise SettingError(f'There is no setting named "{shortened(name)}".')
        if name == "classes":
            return self._set_classes(text, labels)
        if name == "lines":
            lines, problems = lines_of(text)
            self.lines = lines_text(lines)
            return problems
        if name == "zones":
            zones, problems = zones_of(text)
            self.zones = zones_text(zones)
            return problems
        setattr(self, name, _parsed(name, text))
        return []

    def _set_classes(self, text: str, labels: Labels) -> list[str]:
        shown: list[str] = []
        hidden: list[str] = []
        problems: list[str] = []
        if len(text) > _LONGEST:
            raise _bad("classes", text, "names of classes with commas between them")
        for word in text.split(","):
            name = word.strip().lower()
            into = hidden if name[:1] in ("-", "!") else shown
            name = name.lstrip("-! ")
            class_id = labels.id_of(name)
            label = None if class_id is None else labels.name(class_id)
            if label is not None and label not in into:
                into.append(label)
            elif label is None and name:
                problems.append(f'classes: there is no class "{shortened(name)}".')
        self.allow = frozenset(shown) if shown else None
        self.deny = frozenset(hidden)
        self.classes = ",".join(shown + ["-" + name for name in hidden])
        return problems


def parse(pairs: list[tuple[str, str]], labels: Labels = COCO_LABELS) -> tuple[Settings, list[str]]:
    """Settings from (name, value) pairs, as in an address, and in words what was ignored. Never raises.

    Anybody can make a link: what is too much of anything is ignored, and not all of it is told.
    """
    settings = Settings()
    problems: list[str] = []
    for name, value in pairs[:_MOST_PAIRS]:
        try:
            problems.extend(settings._set(name.strip().lower(), _as_text(value), labels))
        except SettingError as error:
            problems.append(str(error))
    more = max(0, len(problems) - _MOST_PROBLEMS) + max(0, len(pairs) - _MOST_PAIRS)
    return settings, problems[:_MOST_PROBLEMS] + ([f"And {more} more were ignored."] if more else [])


def _as_text(value: object) -> str:
    if value is True or value is False:
        return "1" if value else "0"
    return str(value).strip()


def _parsed(name: str, text: str) -> object:
    """The value of any setting but classes. Raises SettingError."""
    if name in _CHOICES:
        if text not in _CHOICES[name]:
            raise _bad(name, text, "one of " + ", ".join(_CHOICES[name]))
        return text == "1" if name in ("announce", "autostart") else text
    if name == "threshold" or name == "iou":
        return _number(name, text)
    if name == "max":
        return _whole(name, text, 1, _LARGEST_MAX)
    if name == "skip":
        return text if text == "auto" else _whole(name, text, 0, _LARGEST_SKIP, "auto, or ")
    if name == "model" and not 0 < len(text) <= _LONGEST_NAME:
        raise _bad(name, text, "the name of a model")
    if name == "camera" and len(text) > _LONGEST_NAME:
        raise _bad(name, text, "the name of a camera")
    tag = len(text) <= _LONGEST_NAME and all(
        part.isalpha() or part.isdigit() for part in text.split("-") if text
    )
    if name == "lang" and not tag:
        raise _bad(name, text, "a language tag such as en or pt-BR")
    return text


def _number(name: str, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not (isfinite(number) and 0.0 <= number <= 1.0):
        raise _bad(name, text, "a number from 0 to 1")
    return number


def _whole(name: str, text: str, least: int, most: int, also: str = "") -> int:
    # At most six digits, as a longer number takes long to read; and none that isdigit knows and int does not: "²".
    digits = 0 < len(text) < 7 and all(letter in "0123456789" for letter in text)
    if not (digits and least <= int(text) <= most):
        raise _bad(name, text, f"{also}a whole number from {least} to {most}")
    return int(text)


def _bad(name: str, text: str, valid: str) -> SettingError:
    return SettingError(f'{name}="{shortened(text)}" is not valid.', f"Give {valid}.")
