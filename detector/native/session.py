"""The network in CPython, behind the core's Session protocol (pipeline.py): size, grab, run, close."""

import asyncio
import hashlib
import json
import os
import tomllib
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from PIL import Image

from detector.errors import ClosedError, ModelFormatError, ModelNotFoundError, NoProviderError, ProviderError
from detector.model import Manifest, Model
from detector.native.frames import rgba, size_of
from detector.vision.non_maximum_suppression import Candidates
from detector.vision.regions import WHOLE, Region

PROVIDER = "cpu"
MANIFESTS = ("manifest.toml", "manifest.json")
LARGEST_MANIFEST = 2**20  # bytes
UNPACK = "Unpack the bundle again; in a copy of the project, run python3 -m tools setup."
OUTPUTS = ["boxes", "scores", "class_ids", "anchor_ids"]


class NativeSession:
    """Runs a model's full form with onnxruntime. Frames are what frames.py says.

    model: the manifest's entry. content: its file's bytes, already verified.
    """

    provider = PROVIDER

    def __init__(self, model: Model, content: bytes) -> None:
        self.labels = model.labels
        self._size = model.input_size
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3  # errors; warnings are about the graph's nodes, which are ours
        options.add_session_config_entry(
            "session.disable_quant_qdq", "1"
        )  # kernels are bytes, nothing else is
        try:
            self._session: onnxruntime.InferenceSession | None = onnxruntime.InferenceSession(
                content, options, providers=["CPUExecutionProvider"]
            )
        except Exception as problem:  # onnxruntime's own have no other base
            raise ProviderError(f"onnxruntime can't run {model.file}: {problem}") from problem

    def size(self, frame: object) -> tuple[int, int]:
        """Width and height in the frame's own pixels, upright."""
        return size_of(frame)

    def resized(self, frame: object, width: float, height: float) -> bool:
        """Never: frames stand still."""
        return False

    def moves(self, frame: object) -> bool:
        """No: frames stand still."""
        return False

    def blank(self) -> Image.Image:
        """A frame to warm up with."""
        return Image.new("RGB", (self._size, self._size))

    async def grab(self, frame: object, region: Region = WHOLE) -> NDArray[np.uint8]:
        """A region of the frame as the network's input: uint8 [1, 300, 300, 4], RGBA."""
        return rgba(frame, self._size, region)

    async def run(self, tensor: NDArray[np.uint8]) -> Candidates:
        """The network's candidates, as lists. The event loop is free meanwhile."""
        if self._session is None:
            raise ClosedError()
        outputs = await asyncio.to_thread(self._session.run, OUTPUTS, {"image": tensor})
        return Candidates(*(output.ravel().tolist() for output in outputs))

    async def close(self) -> None:
        """Give back the memory."""
        self._session = None


async def open_session(
    model: str, provider: str = "auto", *, weights: str = "int8", assets: str = ""
) -> NativeSession:
    """A session with the model of that name, its file's sha256 verified.

    provider: "auto" or "cpu". weights: "int8", as in the page, or "float32", the reference. The models are in the
    folder `assets`, or in models/ in it; else in the one that the environment variable ONLOOKER_MODELS names; else in
    models/ beside the package.
    Raises NoProviderError, ModelNotFoundError, ModelFormatError, ModelHashError.
    """
    if provider not in ("auto", PROVIDER):
        raise NoProviderError([(provider, "only browsers have it")], f'Choose "auto" or "{PROVIDER}".')
    folder = models_folder(assets)
    entry = load_manifest(folder).model(model, weights=weights)
    return NativeSession(entry, read_model(folder, entry))


def models_folder(assets: str = "") -> Path:
    """Where the manifest and the .onnx files are."""
    if assets:
        folder = Path(assets)
        return folder if any((folder / name).exists() for name in MANIFESTS) else folder / "models"
    named = os.environ.get("ONLOOKER_MODELS")
    return Path(named) if named else Path(__file__).parents[2] / "models"


def load_manifest(folder: Path) -> Manifest:
    """The models in a folder: of its manifest.toml, or of manifest.json, which is what a bundle has.

    Raises ModelNotFoundError where it has neither, ModelFormatError for a bad one.
    """
    there = [folder / name for name in MANIFESTS if (folder / name).exists()]
    path = there[0] if there else folder / MANIFESTS[0]
    try:
        text = _read(path, LARGEST_MANIFEST).decode()
        return Manifest.from_dict(tomllib.loads(text) if path.suffix == ".toml" else json.loads(text))
    except (tomllib.TOMLDecodeError, json.JSONDecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise ModelFormatError(f"{path.name} cannot be read: {problem}.", UNPACK) from problem
    except ModelFormatError as error:
        raise ModelFormatError(error.message, UNPACK) from error


def read_model(folder: Path, model: Model) -> bytes:
    """A model file's bytes. Raises ModelNotFoundError where there is none, ModelSizeError or ModelHashError where it
    is another.
    """
    packed = folder / f"{model.file}.br"
    if packed.is_file() and not (folder / model.file).exists():  # as the product is installed
        import brotli

        content = bytes(brotli.decompress(packed.read_bytes()))
    else:
        content = _read(folder / model.file, model.size)
    model.verify_size(len(content))
    model.verify(hashlib.sha256(content).hexdigest())
    return content


def _read(path: Path, most: int) -> bytes:
    """A file's bytes; of one that has more than `most`, one more than that."""
    try:
        with path.open("rb") as file:
            return file.read(most + 1)
    except FileNotFoundError as problem:
        raise ModelNotFoundError(
            f"There is no {path.name} in {path.parent}.",
            "Name the folder models/ of an unpacked bundle in --models, load(assets=...) or ONLOOKER_MODELS; in a copy "
            "of the project, python3 -m tools setup makes it.",
        ) from problem
