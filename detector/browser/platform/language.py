"""The page in the visitor's language: its file is fetched once, and only if that is not English.

    supervise(speak("de", tell), failed)          # "": as the browser asks
    element("stop").textContent = word("Stop")    # "Stopp", once the file is here

What is shown before is English, and is translated when the file arrives.
"""

import json

import js

from detector.browser.platform.interop import address, failure, is_none, items
from detector.detection import Detection
from detector.language import Words, best, direction, full_tag, normal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from detector.errors import DetectorError
    from web import EarlyWords

ENGLISH = "en"
FOLDER = "./web/languages/"
ATTRIBUTES = ("title", "aria-label", "placeholder", "alt", "data-drop")
NOT_PROSE = ("SCRIPT", "STYLE", "NOSCRIPT", "PRE")
TEXT_NODES = 4  # NodeFilter.SHOW_TEXT

MB = 1_000_000

_words = Words()
_asked = 0
_listeners: "list[Callable[[], object]]" = []


def word(text: str, **fields: object) -> str:
    """A text of the page in its language, fields filled in."""
    return _words.word(text, **fields)


def told(text: str) -> str:
    """An English text that was made elsewhere, such as an error's, in the page's language."""
    return _words.told(text)


def explained(error: "DetectorError") -> str:
    """A DetectorError in the page's language: what happened, and what to do."""
    return (_words.told(error.message) + " " + _words.told(error.hint)).strip()


def listed(parts: list[str]) -> str:
    """Several texts as one, with the commas of the page's language."""
    return _words.listed(parts)


def speaker() -> Words:
    """The words of the page's language, for those who put texts together."""
    return _words


def label(name: str) -> str:
    """A class's name in the page's language."""
    return _words.label(name)


def labelled(detections: list[Detection]) -> list[Detection]:
    """The same detections under names in the page's language, to be drawn."""
    if _words.language == ENGLISH:
        return detections
    return [one.called(label(one.label)) for one in detections]


def reading() -> str:
    """The direction of the page's script: "ltr" or "rtl"."""
    return direction(_words.language)


def in_bytes(received: int, total: int) -> str:
    """How much of something is here: "1.2 of 3.1 MB"; total 0 while unknown."""
    if not total:
        return f"{received / MB:.1f} MB"
    return word("{received} of {total} MB", received=f"{received / MB:.1f}", total=f"{total / MB:.1f}")


def when_spoken(listener: "Callable[[], object]") -> None:
    """Call `listener()` whenever the page has gone over to another language."""
    _listeners.append(listener)


async def speak(wanted: str, tell: "Callable[[str], object]") -> None:
    """Go over to the language of a tag, or else to the best that the browser asks for. Calling it again changes it.

    tell(problem): called with what could not be had, in words; the page speaks English then.
    """
    global _asked
    _asked += 1
    turn = _asked
    if wanted and not best([wanted]):
        tell(f'lang: there is no translation for "{wanted}".')
        wanted = ""
    language = best([wanted] if wanted else [str(tag) for tag in items(js.navigator.languages)]) or ENGLISH
    words = Words()
    try:
        if language != ENGLISH:
            words = await _fetched(language)
    except Exception as error:
        tell("The words of this language did not arrive (" + failure(error)[1] + ").")
    if turn == _asked:
        _go_over(words)


async def _fetched(language: str) -> Words:
    early: EarlyWords | None = getattr(js.globalThis, "onlookerWords", None)
    if not is_none(early) and early.language == language:
        early.language = ""  # once: what failed is asked for anew
        text = await early.text  # web/words.js has begun with it
    else:
        response = await js.fetch(address(FOLDER + language + ".json"))
        if not response.ok:
            raise OSError("status " + str(response.status))
        text = await response.text()
    content = json.loads(str(text))
    return Words(content["words"], content["labels"], language)


def _go_over(words: Words) -> None:
    global _words
    before, _words = _words, words
    if before.language == words.language:
        return
    if before.language != ENGLISH:
        _rewrite(before.inverse())
    root = js.document.documentElement
    root.lang = full_tag(words.language)
    root.dir = direction(words.language)
    if words.language != ENGLISH:
        _rewrite(words)
    for listener in _listeners:
        listener()


def _rewrite(words: Words) -> None:
    """Translate all that the page says now."""
    walker = js.document.createTreeWalker(js.document.body, TEXT_NODES)
    node = walker.nextNode()
    while not is_none(node):
        if node.parentNode.nodeName not in NOT_PROSE:
            text = str(node.data)
            said = _said(words, text)
            if said:
                # Spaces beside an element are part of the line.
                node.data = (" " if text[0] in " \n" else "") + said + (" " if text[-1] in " \n" else "")
        node = walker.nextNode()
    for name in ATTRIBUTES:
        for one in items(js.document.body.querySelectorAll("[" + name + "]")):
            said = _said(words, str(one.getAttribute(name)))
            if said:
                one.setAttribute(name, said)


def _said(words: Words, text: str) -> str:
    """A text of the page in other words; "" where it stays as it is."""
    text = normal(text)
    said = words.told(text) if text else ""
    return "" if said == text else said
