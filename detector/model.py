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

from detector.check import Check
from detector.errors import ModelFormatError, ModelHashError, ModelNotFoundError
from detector.labels import Labels


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

    def __init__(self, entry: dict[str, object], labels: Labels, check: Check | None) -> None:
        self.name = str(entry["name"])
        self.form = str(entry["form"])
        self.weights = str(entry["weights"]) if "weights" in entry else ""
        self.file = str(entry["file"])
        self.sha256 = str(entry["sha256"]).lower()
        self.size = int(str(entry["bytes"]))
        self.inputs = _ports(entry["input"])
        self.outputs = _ports(entry["output"])
        self.input_size = self.inputs[0].shape[2]
        self.labels = labels
        self.check = check

    def verify(self, actual_sha256: str) -> None:
        """Raises ModelHashError, which names both hashes, where a file's sha256 is not the manifest's."""
        if actual_sha256.lower() != self.sha256:
            raise ModelHashError(self.sha256, actual_sha256, self.file)


class Manifest:
    """All models there are. Made by from_dict()."""

    def __init__(self, models: list[Model], labels: Labels, check: Check | None) -> None:
        self.models = models
        self.labels = labels
        self.check = check

    @classmethod
    def from_dict(cls, table: dict[str, object]) -> "Manifest":
        """Raises ModelFormatError where something is missing or not of its kind, naming it."""
        try:
            names = table["labels"]
            if not isinstance(names, dict):
                raise TypeError("labels is no table")
            labels = Labels.from_dict(names)
            picture = table.get("check")
            check = Check(picture) if isinstance(picture, dict) else None
            models = [Model(entry, labels, check) for entry in _tables(table["model"])]
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise ModelFormatError(f"The model manifest cannot be read: {type(error).__name__} {error}.")
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


def _tables(value: object) -> list[dict[str, object]]:
    """One table, or a list of them, as a list."""
    tables: list[dict[str, object]] = []
    for table in value if isinstance(value, list) else [value]:
        if not isinstance(table, dict):
            raise TypeError(f"{table} is no table")
        tables.append(table)
    return tables


def _ports(value: object) -> list[Port]:
    ports = []
    for table in _tables(value):
        shape = table["shape"]
        if not isinstance(shape, list):
            raise TypeError(f"shape {shape} is no list")
        ports.append(Port(str(table["name"]), str(table["dtype"]), [int(length) for length in shape]))
    return ports
