"""What the page says in another language. The English text itself is the key, so English needs no file at all.

    words = Words({"{count} a second": "{count} pro Sekunde"}, {"person": "Person"})
    words.word("{count} a second", count=12)      # "12 pro Sekunde"
    words.told("12 a second")                     # the same of a text that was made already
    words.label("person"), words.word("Stop")     # "Person", and "Stop", for which there is no translation

Errors, results and all else that programs read stay English; they are translated where they are shown.
"""

NAMES = (  # each in its own words, in the order of its letters
    ("de", "Deutsch"),
    ("en", "English"),
    ("es", "Español"),
    ("fr", "Français"),
    ("pt", "Português"),
    ("ar", "العربية"),
    ("hi", "हिन्दी"),
    ("zh", "简体中文"),
    ("ja", "日本語"),
)
LANGUAGES = ("en", "ar", "de", "es", "fr", "hi", "ja", "pt", "zh")
RIGHT_TO_LEFT = ("ar",)
_SEPARATORS = {"ar": "، ", "ja": "、", "zh": "，"}
_ISOLATE, _END = "\u2068", "\u2069"  # Unicode's first strong isolate, and its end
_TRADITIONAL = ("hant", "tw", "hk", "mo")


def best(wanted: list[str]) -> str:
    """The first of the language tags ("pt-BR"), best first, that there is a translation for; "" if there is none.

    Chinese in traditional characters is another matter than the simplified ones, unless those are asked for.
    """
    for tag in wanted:
        parts = tag.lower().replace("_", "-").split("-")
        if parts[0] == "zh" and "hans" not in parts and any(part in _TRADITIONAL for part in parts):
            continue
        if parts[0] in LANGUAGES:
            return parts[0]
    return ""


def full_tag(language: str) -> str:
    """The tag for an element's `lang`: "zh-Hans" for "zh"."""
    return "zh-Hans" if language == "zh" else language


def direction(language: str) -> str:
    """ "rtl" or "ltr", for an element's `dir`."""
    return "rtl" if language in RIGHT_TO_LEFT else "ltr"


def normal(text: str) -> str:
    """The text without the line breaks and indentation of its source. No-break spaces stay."""
    for space in "\n\t\r":
        text = text.replace(space, " ")
    return " ".join([word for word in text.split(" ") if word])


class Words:
    """The words of one language. words: English text to translation, {names} for what varies. labels: of classes.

    Where the script runs from right to left, what is filled in is isolated: it may run the other way.
    """

    def __init__(
        self,
        words: dict[str, str] | None = None,
        labels: dict[str, str] | None = None,
        language: str = "en",
    ) -> None:
        self.language = language
        self._words = words or {}
        self._labels = labels or {}
        # The longest first: of two that fit a text, it is the one that says more of it.
        self._patterns = sorted(
            [(literals, names, text) for text in self._words for literals, names in [_parts(text)] if names],
            key=lambda pattern: -len("".join(pattern[0])),
        )

    def word(self, text: str, **fields: object) -> str:
        """A text in this language, with its fields filled in; English where there is no translation."""
        text = self._words.get(text, text)
        return self._filled(text, fields) if fields else text

    def told(self, text: str) -> str:
        """The same of an English text whose fields are filled in already; what is in them is translated, too."""
        text = text.replace(_ISOLATE, "").replace(_END, "")
        if text in self._words:
            return self._words[text]
        if text in self._labels:
            return self._labels[text]
        for literals, names, pattern in self._patterns:
            values = _between(literals, text)
            if values is not None:
                fields: dict[str, object] = dict(zip(names, [self.told(value) for value in values]))
                return self._filled(self._words[pattern], fields)
        return text

    def label(self, name: str) -> str:
        """The name of a class; English where there is no translation."""
        return self._labels.get(name, name)

    def listed(self, parts: list[str]) -> str:
        """Several texts, with this language's commas between them."""
        return _SEPARATORS.get(self.language, ", ").join([self._isolated(part) for part in parts])

    def _filled(self, text: str, fields: dict[str, object]) -> str:
        return text.format(**{name: self._isolated(str(value)) for name, value in fields.items()})

    def _isolated(self, text: str) -> str:
        return _ISOLATE + text + _END if self.language in RIGHT_TO_LEFT else text

    def inverse(self) -> "Words":
        """Back to English, for a page that changes its language once more."""
        return Words(
            {said: text for text, said in self._words.items()},
            {said: name for name, said in self._labels.items()},
        )


def _parts(text: str) -> tuple[list[str], list[str]]:
    """What stays of a text and the names between: ["", " of ", " MB"], ["some", "all"] of "{some} of {all} MB"."""
    pieces = text.split("{")
    literals = [pieces[0]]
    names = []
    for piece in pieces[1:]:
        name, _, rest = piece.partition("}")
        names.append(name)
        literals.append(rest)
    return literals, names


def _between(literals: list[str], text: str) -> list[str] | None:
    """What stands between the literals in a text, or None where it is not made of them."""
    if not text.startswith(literals[0]) or not text.endswith(literals[-1]):
        return None
    values = []
    at = len(literals[0])
    last = len(text) - len(literals[-1])
    for literal in literals[1:-1]:
        end = text.find(literal, at + 1)
        if end < 0 or end > last:
            return None
        values.append(text[at:end])
        at = end + len(literal)
    if at >= last:
        return None
    values.append(text[at:last])
    return values
