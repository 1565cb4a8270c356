"""The manifest: which models there are, what goes in and comes out, and their files' sha256.

models/manifest.toml is written by `python -m tools convert`, and is read as one plain dictionary (by
tomllib in CPython, as JSON in the page, which has no TOML reader):

    {"source": {...},
     "labels": {"1": "person", ...},
     "model": [{"name": "coco-ssd-lite", "form": "full", "weights": "int8", "file": "coco-ssd-lite.onnx",
                "bytes": 4800000, "sha256": "...",
                "input": {"name": "image", "dtype": "uint8", "shape": [1, 300, 300, 4]},
                "output": [{"name": "boxes", "dtype": "float32", "shape": [1, 200, 4]}, ...]}, ...],
     "check": {"picture": "check.jpg",
               "expected": [{"class_id": 1, "score": 0.9, "box": [0.1, 0.1, 0.5, 0.5]}, ...],
               "tolerance": {"score": 0.05, "iou": 0.9}}}
"""

from detector.errors import ModelFormatError, ModelHashError, ModelNotFoundError, ModelSizeError
from detector.labels import Labels
from detector.vision.known_picture import KnownPicture

# What no manifest that is meant well goes beyond.
LARGEST_FILE = 2**30  # bytes
MOST_ELEMENTS = 2**28  # of one input or output
LONGEST_NAME = 200  # characters
MOST_ENTRIES = 10_000  # of any list


class Port:
    """One input or output of a network. dtype: "uint8", "float32", "int32". shape: [1, 300, 300, 4]."""

    def __init__(self, name: str, dtype: str, shape: list[int]) -> None:
        self.name = name
        self.dtype = dtype
        self.shape = shape


class Model:
    """One model file, as the manifest describes it.

    form: "full" takes a picture and gives candidates; "heads" gives the raw heads instead, and "tail" makes
    candidates of those. weights: how they are stored, "int8" or "float32". size: the file's, in bytes.
    input_size: the width and height of the picture that goes in, in pixels. check: a known picture to check
    a provider with, or None.
    """

    def __init__(self, entry: dict[str, object], labels: Labels, check: KnownPicture | None) -> None:
        self.name = _text(entry["name"])
        self.form = _text(entry["form"])
        self.weights = _text(entry["weights"]) if "weights" in entry else ""
        self.file = file_name(entry["file"])
        self.sha256 = _sha256(entry["sha256"])
        self.size = _whole(entry["bytes"], LARGEST_FILE)
        self.inputs = _ports(entry["input"])
        self.outputs = _ports(entry["output"])
        self.input_size = self.inputs[0].shape[2]
        self.labels = labels
        self.check = check

    def verify_size(self, actual: int) -> None:
        """Raises ModelSizeError where a file has another number of bytes than the manifest says."""
        if actual != self.size:
            raise ModelSizeError(self.size, self.file)

    def verify(self, actual_sha256: str) -> None:
        """Raises ModelHashError, which names both hashes, where a file's sha256 is not the manifest's."""
        if actual_sha256.lower() != self.sha256:
            raise ModelHashError(self.sha256, actual_sha256, self.file)


class Manifest:
    """All models there are. Made by from_dict()."""

    def __init__(self, models: list[Model], labels: Labels, check: KnownPicture | None) -> None:
        self.models = models
        self.labels = labels
        self.check = check

    @classmethod
    def from_dict(cls, table: dict[str, object]) -> "Manifest":
        """Raises ModelFormatError where something is missing or not of its kind, naming it."""
        try:
            labels = Labels.from_dict(_names(table["labels"]))
            picture = table.get("check")
            check = KnownPicture(picture) if isinstance(picture, dict) else None
            if check is not None:
                file_name(check.picture)
            models = [Model(entry, labels, check) for entry in _tables(table["model"])]
        except (AttributeError, KeyError, TypeError, ValueError, IndexError, ArithmeticError) as error:
            raise ModelFormatError(
                f"The model manifest cannot be read: {type(error).__name__} {str(error)[:LONGEST_NAME]}."
            )
        return cls(models, labels, check)

    def model(self, name: str, form: str = "full", weights: str = "int8") -> Model:
        """The model of that name in that form. Where a form is stored in one way only, weights do not matter.

        Raises ModelNotFoundError, which names those there are.
        """
        same = [model for model in self.models if model.name == name and model.form == form]
        for model in same:
            if model.weights == weights or len(same) == 1:
                return model
        known = sorted(
            {f"{model.name} ({model.form} {model.weights})".replace(" )", ")") for model in self.models}
        )
        raise ModelNotFoundError(
            f'There is no model "{name}" as {form} with {weights} weights.', f"There are: {', '.join(known)}."
        )


def file_name(value: object) -> str:
    """A file beside the manifest: no path, no address, nothing hidden. ValueError for anything else."""
    name = _text(value)
    if not all(letter in _IN_FILE_NAMES for letter in name) or name[:1] in ("", ".", "-"):
        raise ValueError("a file must be named by letters, digits, dots, - and _ alone")
    return name


_IN_FILE_NAMES = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_NAME:
        raise TypeError("a name is no text, or a long one")
    return value


def _whole(value: object, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= most:
        raise ValueError("a number is not whole, not above 0, or too large")
    return value


def _sha256(value: object) -> str:
    digest = _text(value).lower()
    if len(digest) != 64 or not all(letter in "0123456789abcdef" for letter in digest):
        raise ValueError("a sha256 is not 64 hexadecimal digits")
    return digest


def _names(value: object) -> dict[str, str]:
    """A table of class numbers and names."""
    if not isinstance(value, dict) or len(value) > MOST_ENTRIES:
        raise TypeError("labels is no table, or a long one")
    for number, name in value.items():
        _text(name)
        if not isinstance(number, str) or len(number) > 9:
            raise ValueError("a class number is no number")
    return value


def _tables(value: object) -> list[dict[str, object]]:
    """One table, or a list of them, as a list."""
    tables: list[dict[str, object]] = []
    for table in value if isinstance(value, list) else [value]:
        if not isinstance(table, dict) or len(tables) == MOST_ENTRIES:
            raise TypeError("a table is none, or one too many")
        tables.append(table)
    return tables


def _ports(value: object) -> list[Port]:
    ports = []
    for table in _tables(value):
        shape = table["shape"]
        if not isinstance(shape, list) or len(shape) > 8:
            raise TypeError("a shape is no list, or a long one")
        elements = 1
        for length in shape:
            elements *= _whole(length, MOST_ELEMENTS)
        _whole(elements, MOST_ELEMENTS)
        ports.append(Port(_text(table["name"]), _text(table["dtype"]), shape))
    return ports
