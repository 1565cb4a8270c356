"""What the page says in English, read from its sources: the keys of web/languages/*.json.

Found by itself: the text of index.html, `word("...")` in the page's Python, the errors' messages and hints, and what
is handed to the functions in TELLING. What else is said is named in SAID, beside its file.
"""

import ast
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from detector.language import normal
from tools.common import paths
from tools.setup.samples import SAMPLES

LANGUAGES = paths.ROOT / "web" / "languages"

ATTRIBUTES = ("title", "aria-label", "placeholder", "alt", "data-drop")
NOT_PROSE = ("script", "style", "noscript", "head", "pre")
NAMES = (
    "Onlooker",
    "WebGPU",
    "WebGL",
    "WebAssembly",
    "JSON",
    "CSV",
    "COCO",
    "PNG",
    "JPEG",
    "WebP",
)  # the same everywhere
WITHOUT_END = ("input", "img", "br", "link", "meta", "hr", "source")

NOT_ON_THE_PAGE = (
    "scripting.py",
)  # of detector/browser: what it says is for those who write pages of their own

# Functions of detector/browser whose texts reach the page in English, and are translated where they are shown.
TELLING = (
    "cls",
    "enter",
    "notice",
    "part",
    "pass_over",
    "tell",
    "_class_button",
    "_new_turn",
    "progress",
    "_step",
    "_tell",
    "_tell_done",
    "run",
    "told",
    "waits",
)

# Texts of other kinds, by file. Each sentence of what is between their {fields} has to be found there.
SAID = {
    "detector/tracking/announcing.py": ("Appeared: {things}.", "Left: {things}."),
    "detector/browser/sources/camera_prompt.py": (
        "Its question lies over this page.",
        "Its question is below the address, on the left; the camera there brings it back.",
        "Its question is at the top of this window.",
        "Its question is at the top left, below the address.",
    ),
    "detector/browser/panel/settings.py": ("Standard", "Tiny, half the download"),
    "detector/running/provider_choice.py": (
        "WebGPU with a recorded run",
        "WebGPU with everything kept on the GPU",
        "{time} ms against {others}",
        "{other}'s {time} ms",
        "{reason}, too little to change for",
    ),
    "detector/running/fallback.py": (
        "started again",
        "started again after a failure: {reason}",
        "It failed while it ran. {reason}",
        "{provider} failed",
        "in place of {provider}",
    ),
    "detector/browser/network/provider_race.py": ("{provider} did not start within {seconds} s",),
    "detector/browser/network/session_factory.py": (
        "on a software adapter: slow",
        "{reason}, measured on an earlier visit",
    ),
    "detector/browser/network/graph.py": ("could not be started", "failed while detecting"),
    "detector/settings.py": (
        'classes: there is no class "{name}".',
        'There is no setting named "{name}".',
        '{name}="{text}" is not valid. Give {valid}.',
        "one of {choices}",
        "a number from 0 to 1",
        "a whole number from {least} to {most}",
        "auto, or {number}",
        "a language tag such as en or pt-BR",
        "the name of a model",
        "the name of a camera",
        "names of classes with commas between them",
        "And {count} more were ignored.",
    ),
    "detector/tracking/shapes.py": (
        '{setting}: "{text}" is none. Give them as in {example}.',
        "{setting}: no more than {most}.",
        "{setting}: that is too long.",
    ),
    "detector/drawing/marks.py": ("{name}: {in} in, {out} out", "{name}: {count} inside"),
    "web/boot.js": (
        "Starting Python",
        "This browser has no WebAssembly.",
        "Onlooker needs it to run Python and the detector. "
        "Update the browser, or ask whoever manages it to allow WebAssembly.",
        "This browser has no IndexedDB.",
        "Pyodide needs it. Open this page without “python=pyodide” in its address: the usual Python needs none.",
        "The page could not start its Python.",
        "Check the connection and try again. If it stays, a file of this page is missing on its server.",
        "The server of this page sends {path} as “{type}”, and browsers run a module only if it comes as "
        "text/javascript. Whoever runs the server has to set that type for {kind} files.",
        "This file is not whole.",
        "Its end is missing: copy it, or send it, once more.",
        "Python has not started after 30 seconds.",
        "The connection may be very slow, or a file is blocked. "
        "Try again, or ask whoever runs this page to look at it.",
    ),
    "web/studio.js": (
        "Fetching the studio",
        "Starting the studio",
        "Drawing",
        "Python’s library",
        "The studio is not on this device yet, and the device is offline.",
        "The picture could not be read again ({reason}).",
        "Choose it again, then save it.",
        "The server of this page has no {name} (status {status}).",
        "Whoever runs this page may have left out the studio. “Save” keeps the picture as it is shown.",
        "The studio could not be fetched: {name} did not arrive ({message}).",
        "The file of {stage} that arrived is not the right one.",
        "Reload the page and try again.",
    ),
    "detector/studio/service.py": (
        "There is not enough memory for a picture of this size.",
        "The studio could not do this ({failure}).",
    ),
    "detector/studio/paper.py": ("This picture is too large for WebP.", "Choose PNG or JPEG."),
    "tools/release/one_file/__init__.py": (
        "This file brings WebAssembly alone.",
        "This file has no studio: it comes with the page on a server.",
        "Licences",
        "Whose works are in this file",
    ),
    "tools/setup/samples.py": tuple(sample.title for sample in SAMPLES),
}


def texts(root: Path = paths.ROOT) -> dict[str, str]:
    """Every text that the page may show, and one file that it is in."""
    found: dict[str, str] = {}
    for text in _of_markup((root / "index.html").read_text("utf-8")):
        found.setdefault(text, "index.html")
    for path in [root / "detector/errors.py", *sorted((root / "detector/browser").rglob("*.py"))]:
        if path.name in NOT_ON_THE_PAGE:
            continue
        name = path.relative_to(root).as_posix()
        for text in _of_python(path.read_text("utf-8")):
            found.setdefault(text, name)
    for name, said in SAID.items():
        for text in said:
            found.setdefault(text, name)
    return found


def fields(text: str) -> list[str]:
    """The names of a text's fields, sorted."""
    return sorted(re.findall(r"\{(\w*)\}", text))


def pieces(text: str) -> list[str]:
    """What stays of a text between its fields."""
    return re.split(r"\{\w*\}", text)


def read(language: str) -> dict[str, dict[str, str]]:
    """A language's file: {"words": {English: translation}, "labels": {class: translation}}."""
    return dict(json.loads((LANGUAGES / f"{language}.json").read_text("utf-8")))


# index.html


class _Markup(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag not in WITHOUT_END:
            self._open.append(tag)
        if "body" in self._open:
            self.found.extend(value for name, value in attributes if name in ATTRIBUTES and value)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not set(NOT_PROSE) & set(self._open):
            self.found.append(normal(data))


def _of_markup(source: str) -> list[str]:
    parser = _Markup()
    parser.feed(source)
    parser.close()
    return [text for text in parser.found if text not in NAMES and any(letter.isalpha() for letter in text)]


# Python


def _of_python(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = _name(node.func)
            if name == "word" or name.endswith("Error") or name in (*TELLING, "__init__"):
                for argument in node.args:
                    yield from _prose(argument, strict=name != "word")
        elif isinstance(node, ast.Assign) and _name(node.targets[0]) in ("default_message", "default_hint"):
            yield from _prose(node.value, strict=True)
        elif isinstance(node, ast.Assign) and _name(node.targets[0]) == "STEPS":  # of a camera's doctor
            for steps in ast.literal_eval(node.value).values():
                yield from steps
        elif isinstance(node, ast.Assign) and _name(node.targets[0]) == "KEPT":  # of the panel on privacy
            assert isinstance(node.value, ast.Dict)
            yield from (ast.literal_eval(value) for value in node.value.values)


def _prose(expression: ast.expr, *, strict: bool) -> Iterator[str]:
    """The texts that an expression may give. strict: no single words in lower case, which are names of states."""
    if isinstance(expression, ast.IfExp):
        yield from _prose(expression.body, strict=strict)
        yield from _prose(expression.orelse, strict=strict)
        return
    taken: dict[str, int] = {}
    text = _template(expression, taken)
    bare = re.sub(r"\{\w*\}", "", text)
    told = any(letter.isalpha() for letter in bare) and not re.fullmatch(r"[a-z-]*", bare)
    if bare and (told or not strict):
        yield text


def _template(expression: ast.expr, taken: dict[str, int]) -> str:
    """The text that an expression puts together, with a {field} for each part that varies."""
    if isinstance(expression, ast.Constant):
        return expression.value if isinstance(expression.value, str) else ""
    if isinstance(expression, ast.JoinedStr):
        return "".join(_template(part, taken) for part in expression.values)
    if isinstance(expression, ast.FormattedValue):
        return _field(expression.value, taken)
    if isinstance(expression, ast.BinOp) and isinstance(expression.op, ast.Add):
        return _template(expression.left, taken) + _template(expression.right, taken)
    return _field(expression, taken)


def _field(expression: ast.expr, taken: dict[str, int]) -> str:
    name = _name(expression).lstrip("_")
    taken[name] = taken.get(name, 0) + 1
    return "{" + name + (str(taken[name]) if taken[name] > 1 else "") + "}"


def _name(expression: ast.expr) -> str:
    """What to call an expression: "status" for str(response.status), "failure" for failure(error)[1]."""
    if isinstance(expression, ast.Name):
        return expression.id
    if isinstance(expression, ast.Attribute):
        return expression.attr
    if isinstance(expression, ast.Subscript):
        return _name(expression.value)
    if isinstance(expression, ast.BoolOp):
        return _name(expression.values[0])
    if isinstance(expression, ast.Call):
        name = _name(expression.func)
        return _name(expression.args[0]) if name in ("str", "join") else name
    return "text"
