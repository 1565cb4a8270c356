"""The browser's own API, as far as the page uses it from Python. For mypy alone: at run time PyScript has the module.

A constructor is called by `new`: js.URL.new("a", base). null and undefined are None here; on MicroPython the latter is
a type of its own, so ask interop.is_none. What only some browsers have is written as if all had it: ask interop.has.

Which element is of which kind only the markup knows: Element has what any of them has, and its other names say which
kind is meant. Some names are for annotations alone, in quotes: js.JsProxy, js.Callback, js.CanvasImageSource.
"""

from collections.abc import Awaitable, Callable
from collections.abc import Iterator as PythonIterator
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

from web import Ahead, Early, EarlyWords

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
Number_ = TypeVar("Number_", int, float)

Callback: TypeAlias = Callable[..., object]

class Constructor:
    name: str

class JsProxy:
    """Anything of JavaScript's that Python holds."""

    @property
    def constructor(self) -> Constructor: ...

class Object(JsProxy):
    """A plain one, {name: value}."""

    @classmethod
    def new(cls) -> Object: ...

# Arrays

class ArrayLike(Protocol[T_co]):
    """What `Array.from` takes."""

    @property
    def length(self) -> int: ...
    def __getitem__(self, index: int) -> T_co: ...

class Iterator(JsProxy, Generic[T]): ...

class Array(JsProxy, Generic[T]):
    length: int
    @classmethod
    def new(cls) -> Array[Any]: ...
    @staticmethod
    def of(*items: T) -> Array[T]: ...
    def __getitem__(self, index: int) -> T: ...
    def pop(self) -> T: ...

class ArrayBuffer(JsProxy):
    byteLength: int

class TypedArray(JsProxy, Generic[Number_]):
    length: int
    byteLength: int
    buffer: ArrayBuffer
    @classmethod
    def new(cls, source: int | ArrayBuffer | TypedArray[Any]) -> TypedArray[Number_]: ...
    def __getitem__(self, index: int) -> Number_: ...
    def __iter__(self) -> PythonIterator[Number_]: ...
    def set(self, values: TypedArray[Number_], at: int = ...) -> None: ...
    def subarray(self, begin: int, end: int = ...) -> TypedArray[Number_]: ...

class Uint8Array(TypedArray[int]):
    @classmethod
    def new(cls, source: int | ArrayBuffer | TypedArray[Any]) -> Uint8Array: ...

class Uint8ClampedArray(TypedArray[int]): ...

class Uint32Array(TypedArray[int]):
    @classmethod
    def new(cls, source: int | ArrayBuffer | TypedArray[Any]) -> Uint32Array: ...

class Int32Array(TypedArray[int]):
    @classmethod
    def new(cls, source: int | ArrayBuffer | TypedArray[Any]) -> Int32Array: ...

class Float32Array(TypedArray[float]):
    @classmethod
    def new(cls, source: int | ArrayBuffer | TypedArray[Any]) -> Float32Array: ...

# Events

class EventTarget(JsProxy):
    def addEventListener(self, event: str, handler: Callback) -> None: ...
    def removeEventListener(self, event: str, handler: Callback) -> None: ...
    def dispatchEvent(self, event: Event) -> bool: ...

class Event(JsProxy):
    target: Element
    def preventDefault(self) -> None: ...

class CustomEvent(Event):
    detail: Any
    @classmethod
    def new(cls, name: str, options: Object) -> CustomEvent: ...

class MessageEvent(Event):
    data: Any

class ErrorEvent(Event):
    message: str

class PromiseRejectionEvent(Event):
    reason: Any

class DragEvent(Event):
    relatedTarget: Element | None

class PointerEvent(Event):
    pointerId: int
    clientX: float
    clientY: float

class KeyboardEvent(Event):
    key: str
    shiftKey: bool

# Files and the network

class Blob(JsProxy):
    size: int
    type: str
    @classmethod
    def new(cls, parts: Array[Any], options: Object = ..., /) -> Blob: ...

class File(Blob):
    name: str
    @classmethod
    def new(cls, parts: Array[Any], name: str | Object = ..., options: Object = ..., /) -> File: ...

class FileList(JsProxy):
    length: int
    def __getitem__(self, index: int) -> File: ...

class Headers(JsProxy):
    def get(self, name: str) -> str | None: ...

class Response(JsProxy):
    ok: bool
    status: int
    headers: Headers
    def text(self) -> Awaitable[str]: ...
    def blob(self) -> Awaitable[Blob]: ...

def fetch(address: str) -> Awaitable[Response]: ...

class URL(JsProxy):
    href: str
    origin: str
    @classmethod
    def new(cls, address: str, base: str = ...) -> URL: ...
    @staticmethod
    def createObjectURL(blob: Blob) -> str: ...
    @staticmethod
    def revokeObjectURL(address: str) -> None: ...

class URLSearchParams(JsProxy):
    @classmethod
    def new(cls, query: str) -> URLSearchParams: ...
    def entries(self) -> Iterator[Array[str]]: ...
    def set(self, name: str, value: str) -> None: ...
    def delete(self, name: str) -> None: ...
    def toString(self) -> str: ...

class TextDecoder(JsProxy):
    @classmethod
    def new(cls) -> TextDecoder: ...
    def decode(self, data: TypedArray[int]) -> str: ...

class Worker(EventTarget):
    onmessage: Callback | None
    onerror: Callback | None
    @classmethod
    def new(cls, address: str, options: Object) -> Worker: ...
    def postMessage(self, message: Object, moved: Array[Any] = ...) -> None: ...
    def terminate(self) -> None: ...

# Pictures

class ImageBitmap(JsProxy):
    width: int
    height: int
    def close(self) -> None: ...

class VideoFrame(JsProxy):
    displayWidth: int
    displayHeight: int
    timestamp: float
    @classmethod
    def new(cls, source: Element) -> VideoFrame: ...
    def close(self) -> None: ...

class VideoFrameMetadata(JsProxy):
    """What requestVideoFrameCallback tells of a frame."""

    mediaTime: float

class ImageData(JsProxy):
    data: Uint8ClampedArray

class TextMetrics(JsProxy):
    width: float

class CanvasRenderingContext2D(JsProxy):
    canvas: Element
    direction: str
    fillStyle: str
    font: str
    globalCompositeOperation: str
    imageSmoothingQuality: str
    lineCap: str
    lineWidth: float
    strokeStyle: str
    textAlign: str
    textBaseline: str
    def beginPath(self) -> None: ...
    def clearRect(self, x: float, y: float, width: float, height: float) -> None: ...
    def drawImage(self, image: CanvasImageSource, x: float, y: float, *rest: float) -> None: ...
    def fillRect(self, x: float, y: float, width: float, height: float) -> None: ...
    def fillText(self, text: str, x: float, y: float) -> None: ...
    def getImageData(self, x: int, y: int, width: int, height: int) -> ImageData: ...
    def lineTo(self, x: float, y: float) -> None: ...
    def measureText(self, text: str) -> TextMetrics: ...
    def moveTo(self, x: float, y: float) -> None: ...
    def setTransform(self, a: float, b: float, c: float, d: float, e: float, f: float) -> None: ...
    def stroke(self) -> None: ...
    def strokeRect(self, x: float, y: float, width: float, height: float) -> None: ...

def createImageBitmap(source: Blob | CanvasImageSource, options: Object = ...) -> Awaitable[ImageBitmap]: ...

# The document

class Node(EventTarget):
    data: str  # of a text
    nodeName: str
    parentNode: Node
    firstChild: Element
    textContent: str

class TreeWalker(JsProxy):
    def nextNode(self) -> Node | None: ...

class DOMTokenList(JsProxy):
    def add(self, name: str) -> None: ...
    def remove(self, name: str) -> None: ...
    def toggle(self, name: str, wanted: bool = ...) -> bool: ...

class DOMStringMap(JsProxy):
    """An element's data-* attributes."""

    def __getattr__(self, name: str) -> str: ...
    def __setattr__(self, name: str, value: str) -> None: ...

class CSSStyleDeclaration(JsProxy):
    background: str
    left: str
    top: str

class DOMRect(JsProxy):
    left: float
    top: float

class Element(Node):
    className: str
    classList: DOMTokenList
    dataset: DOMStringMap
    dir: str
    hidden: bool
    id: str
    lang: str
    nextElementSibling: Element
    children: NodeList
    style: CSSStyleDeclaration
    title: str
    clientWidth: int
    clientHeight: int
    def append(self, *children: Node | str) -> None: ...
    def before(self, *nodes: Node | str) -> None: ...
    def click(self) -> None: ...
    def closest(self, selector: str) -> Element | None: ...
    def focus(self) -> None: ...
    def getAttribute(self, name: str) -> str | None: ...
    def getBoundingClientRect(self) -> DOMRect: ...
    def setPointerCapture(self, pointer: int) -> None: ...
    def querySelectorAll(self, selector: str) -> NodeList: ...
    def remove(self, index: int = ...) -> None: ...  # index: of a select's option
    def removeAttribute(self, name: str) -> None: ...
    def replaceChildren(self, *children: Node | str) -> None: ...
    def scrollIntoView(self, options: Object = ...) -> None: ...
    def hasAttribute(self, name: str) -> bool: ...
    def matches(self, selector: str) -> bool: ...
    def setAttribute(self, name: str, value: str) -> None: ...

    # Of links, buttons and what else makes up a form
    checked: bool
    disabled: bool
    download: str
    files: FileList
    href: str
    maxLength: int
    options: NodeList
    type: str
    @property
    def value(self) -> str: ...
    @value.setter
    def value(self, value: str | float) -> None: ...

    # Of pictures, videos and canvases
    alt: str
    height: float
    naturalHeight: int
    naturalWidth: int
    src: str
    width: float
    def decode(self) -> Awaitable[None]: ...
    def getContext(self, kind: str, options: Object = ...) -> CanvasRenderingContext2D: ...

    controls: bool
    currentTime: float
    duration: float
    ended: bool
    muted: bool
    paused: bool
    playsInline: bool
    readyState: int
    srcObject: MediaStream | None
    videoHeight: int
    videoWidth: int
    def getVideoPlaybackQuality(self) -> VideoPlaybackQuality: ...
    def cancelVideoFrameCallback(self, handle: int) -> None: ...
    def load(self) -> None: ...
    def pause(self) -> None: ...
    def play(self) -> Awaitable[None]: ...
    def requestVideoFrameCallback(self, callback: Callback) -> int: ...

HTMLCanvasElement: TypeAlias = Element
HTMLImageElement: TypeAlias = Element
HTMLVideoElement: TypeAlias = Element

CanvasImageSource: TypeAlias = (
    HTMLVideoElement | HTMLImageElement | HTMLCanvasElement | ImageBitmap | VideoFrame
)

class NodeList(JsProxy):
    length: int
    def __getitem__(self, index: int) -> Element: ...

class Document(EventTarget):
    activeElement: Element | None
    baseURI: str
    body: Element
    documentElement: Element
    visibilityState: str
    def createElement(self, name: str) -> Element: ...
    def createElementNS(self, namespace: str, name: str) -> Element: ...
    def createTreeWalker(self, root: Node, show: int) -> TreeWalker: ...
    def getElementById(self, id: str) -> Element: ...
    def querySelectorAll(self, selector: str) -> NodeList: ...

class ResizeObserver(JsProxy):
    @classmethod
    def new(cls, callback: Callback) -> ResizeObserver: ...
    def observe(self, element: Element) -> None: ...

# The device

class MediaTrackSettings(JsProxy):
    facingMode: str

class VideoPlaybackQuality(JsProxy):
    totalVideoFrames: int

class MediaStreamTrack(EventTarget):
    label: str
    muted: bool
    def getSettings(self) -> MediaTrackSettings: ...
    def stop(self) -> None: ...

class MediaStream(EventTarget):
    active: bool
    def getTracks(self) -> Array[MediaStreamTrack]: ...
    def getVideoTracks(self) -> Array[MediaStreamTrack]: ...

class MediaDeviceInfo(JsProxy):
    deviceId: str
    kind: str
    label: str

class MediaDevices(EventTarget):
    def enumerateDevices(self) -> Awaitable[Array[MediaDeviceInfo]]: ...
    def getUserMedia(self, constraints: Object) -> Awaitable[MediaStream]: ...

class PermissionStatus(EventTarget):
    state: str

class Permissions(JsProxy):
    def query(self, permission: Object) -> Awaitable[PermissionStatus]: ...

class BatteryManager(EventTarget):
    charging: bool
    level: float

class WakeLockSentinel(EventTarget):
    def release(self) -> Awaitable[None]: ...

class WakeLock(JsProxy):
    def request(self, kind: str) -> Awaitable[WakeLockSentinel]: ...

class ClipboardItem(JsProxy):
    @classmethod
    def new(cls, items: Object) -> ClipboardItem: ...

class Clipboard(JsProxy):
    def write(self, items: Array[ClipboardItem]) -> Awaitable[None]: ...
    def writeText(self, text: str) -> Awaitable[None]: ...

class ServiceWorkerContainer(EventTarget):
    controller: JsProxy | None

class NetworkInformation(JsProxy):
    saveData: bool

class GPUAdapterInfo(JsProxy):
    architecture: str
    description: str
    device: str
    vendor: str

class GPUBuffer(JsProxy): ...

class GPUDeviceLostInfo(JsProxy):
    message: str
    reason: str

class GPUDevice(EventTarget):
    lost: Awaitable[GPUDeviceLostInfo]
    def destroy(self) -> None: ...

class GPUAdapter(JsProxy):
    info: GPUAdapterInfo | None
    isFallbackAdapter: bool
    def requestDevice(self) -> Awaitable[GPUDevice]: ...

class GPU(JsProxy):
    def requestAdapter(self) -> Awaitable[GPUAdapter | None]: ...

class Navigator(JsProxy):
    clipboard: Clipboard
    connection: NetworkInformation
    gpu: GPU
    languages: Array[str]
    mediaDevices: MediaDevices
    permissions: Permissions
    serviceWorker: ServiceWorkerContainer
    userAgent: str
    wakeLock: WakeLock
    def getBattery(self) -> Awaitable[BatteryManager]: ...

# The window

class Location(JsProxy):
    href: str
    origin: str
    pathname: str
    protocol: str
    search: str

class History(JsProxy):
    state: Any
    def replaceState(self, state: Any, unused: str, address: str) -> None: ...

class PerformanceEntry(JsProxy):
    name: str

class MemoryMeasurement(JsProxy):
    bytes: int

class Performance(JsProxy):
    timeOrigin: float
    def getEntriesByType(self, kind: str) -> Array[PerformanceEntry]: ...
    def measureUserAgentSpecificMemory(self) -> Awaitable[MemoryMeasurement]: ...
    def now(self) -> float: ...

class Console(JsProxy):
    def error(self, *what: object) -> None: ...
    def info(self, *what: object) -> None: ...

class Window(EventTarget):
    onlookerAhead: Awaitable[Ahead | None]  # web/ahead.js
    onlookerEarly: Early  # web/boot.js
    onlookerWords: EarlyWords  # web/words.js

class JSONNamespace(JsProxy):
    def parse(self, text: str) -> Any: ...

class NumberNamespace(JsProxy):
    def isFinite(self, value: object) -> bool: ...

class ReflectNamespace(JsProxy):
    def deleteProperty(self, target: JsProxy, name: str) -> bool: ...

JSON: JSONNamespace
Number: NumberNamespace
Reflect: ReflectNamespace
WebAssembly: JsProxy
console: Console
devicePixelRatio: float
document: Document
globalThis: Window
history: History
location: Location
navigator: Navigator
performance: Performance
window: Window

class Date(JsProxy):
    @classmethod
    def new(cls, at_ms: float) -> Date: ...
    @classmethod
    def now(cls) -> float: ...
    def toISOString(self) -> str: ...

def String(value: object) -> str: ...
def cancelAnimationFrame(handle: int) -> None: ...
def clearTimeout(handle: int) -> None: ...
def requestAnimationFrame(callback: Callback) -> int: ...
def setTimeout(callback: Callback, ms: float) -> int: ...
