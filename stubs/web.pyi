"""What the modules of web/ give, as Python sees them. For mypy alone: interop.load_module loads them at run time.

A class that ends in Module is what such a file exports; the others are what its functions take and give.
"""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from js import (
    Array,
    Blob,
    Element,
    Event,
    File,
    Float32Array,
    GPUBuffer,
    GPUDevice,
    HTMLCanvasElement,
    ImageBitmap,
    Int32Array,
    JsProxy,
    Object,
    Response,
    Uint8Array,
    Worker,
)
from ort import InferenceSession, Outputs, SessionOptions, Tensor

T = TypeVar("T")

Tell = Callable[[int], None]

class BridgeModule(JsProxy):
    """web/bridge.js"""

    def ask(self, message: Object) -> Awaitable[Array[str] | None]: ...
    def attempt(self, target: JsProxy, method: str, *args: Any) -> Awaitable[Any]: ...
    def attemptWithin(
        self, limit: float, workers: Array[Worker], target: JsProxy, method: str, *args: Any
    ) -> Awaitable[Any]: ...
    def blobOf(self, canvas: HTMLCanvasElement, type: str = ..., quality: float = ...) -> Awaitable[Blob]: ...
    def createSession(
        self, ort: JsProxy, kept: Array[Worker], model: Uint8Array, options: SessionOptions, limit: float
    ) -> Awaitable[InferenceSession]: ...
    def forget(self) -> Awaitable[None]: ...
    def install(self, address: str) -> Awaitable[None]: ...
    def kept(self, name: str, text: str = ...) -> Awaitable[str]: ...
    def readBody(
        self, response: Response, keep: bool, tell: Tell, most: int = ...
    ) -> Awaitable[Uint8Array]: ...
    def sessionOptions(self, provider: str | Object) -> SessionOptions: ...
    def sha256(self, data: Uint8Array) -> Awaitable[str]: ...
    def threads(self) -> int: ...
    def within(self, limit: float, workers: Array[Worker], promise: Awaitable[T]) -> Awaitable[T]: ...

class Part(JsProxy):
    """Bytes that are on their way."""

    label: str
    received: int
    total: int
    tell: Tell | None

class Known(JsProxy):
    """How the known picture came out."""

    outputs: Outputs
    width: int
    height: int

class Opened(JsProxy):
    known: Known | None
    took: float

class Parts(JsProxy):
    Model: Part
    Runtime: Part

class OpenedNetwork(JsProxy):
    """A network that is being opened in a worker."""

    opened: Awaitable[Opened]
    parts: Parts
    session: InferenceSession
    workers: Array[Worker]

class NetworkModule(JsProxy):
    """web/network.js"""

    Tensor: type[Tensor]
    def files(self) -> Awaitable[Array[str]]: ...
    def open(self, model: str, trusted: str, kept: bool) -> OpenedNetwork: ...

class AheadPart(Part):
    bytes: Awaitable[Uint8Array]

class Ahead(JsProxy):
    """web/ahead.js: what was begun while Python was starting. parts: AheadPart by path."""

    awake: Awaitable[object]
    model: str
    network: OpenedNetwork | None
    parts: JsProxy
    settled: Awaitable[object]
    workers: Array[Worker] | None

class Given(JsProxy):
    """What a drop or a paste holds. held: where there are folders, they and the files beside them; else nothing."""

    addresses: Array[str]
    files: Array[File]
    held: Array[JsProxy]
    html: str
    inField: bool
    pasted: bool

class Early(JsProxy):
    """web/boot.js: what the visitor did before Python was up."""

    given: Given | None
    start: bool
    def taken(self, event: Event) -> Given: ...

class Walked(JsProxy):
    failed: str
    files: Array[File]
    more: bool

class Named(JsProxy):
    elsewhere: bool
    files: Array[File]
    own: Array[str]

class DroppedModule(JsProxy):
    """web/dropped.js"""

    def named(self, html: str, addresses: Array[str]) -> Named: ...
    def walked(self, held: Array[JsProxy]) -> Awaitable[Walked]: ...

class EarlyWords(JsProxy):
    """web/words.js: a language's file, on its way."""

    language: str
    text: Awaitable[str]

class VideoFrames(JsProxy):
    def close(self) -> None: ...
    def given(self) -> None: ...
    def next(self) -> Awaitable[str]: ...

class FramesModule(JsProxy):
    """web/frames.js"""

    def frames(self, video: Element, owned: bool) -> VideoFrames: ...

class Planes(JsProxy):
    buffer: GPUBuffer
    def take(self, canvas: Element) -> Awaitable[None]: ...

class PlanesModule(JsProxy):
    """web/planes.js"""

    def planes(self, device: GPUDevice, size: int) -> Awaitable[Planes]: ...

class Chooser(JsProxy):
    def take(self, outputs: Outputs) -> Awaitable[Outputs]: ...

class CandidatesModule(JsProxy):
    """web/candidates.js"""

    def candidates(
        self, device: GPUDevice, corners: Float32Array, class_ids: Int32Array, best: int
    ) -> Awaitable[Chooser]: ...
    def question(self, anchors: int, classes: int, first: int, step: int, best: int) -> Float32Array: ...

class PictureModule(JsProxy):
    """web/picture.js"""

    def decode(self, blob: Blob) -> Awaitable[ImageBitmap]: ...

class Archive(JsProxy):
    def add(self, name: str, blob: Blob) -> Awaitable[None]: ...
    def finish(self) -> Blob: ...

class ZipModule(JsProxy):
    """web/zip.js"""

    def archive(self) -> Archive: ...

class Holdings(JsProxy):
    bytes: int
    databases: Array[str]
    names: Array[str]

class HoldingsModule(JsProxy):
    """web/holdings.js"""

    def clear(self) -> Awaitable[None]: ...
    def holdings(self) -> Awaitable[Holdings]: ...

class FramedModule(JsProxy):
    """web/framed.js"""

    def serve(self, actions: Object) -> None: ...

class StudioError(JsProxy):
    code: str
    hint: str
    message: str

class StudioProgress(JsProxy):
    received: int
    stage: str
    total: int

class StudioMessage(JsProxy):
    """web/studio.js: an answer has id, and result or error; else it has step or progress."""

    error: StudioError
    id: int
    progress: StudioProgress
    result: Any
    step: str
