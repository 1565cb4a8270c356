"""onnxruntime-web, as far as the page uses it (vendor/ort/ort.*.mjs). For mypy alone."""

from collections.abc import Awaitable
from typing import Any

from js import Array, GPUBuffer, JsProxy, Object, TypedArray

class Tensor(JsProxy):
    data: TypedArray[Any]
    dims: Array[int]
    @classmethod
    def new(cls, dtype: str, data: TypedArray[float] | TypedArray[int], dims: Array[int]) -> Tensor: ...
    @staticmethod
    def fromGpuBuffer(buffer: GPUBuffer, options: Object) -> Tensor: ...

class Outputs(JsProxy):
    """Tensors, by the names that the network gives them."""

    def __getattr__(self, name: str) -> Tensor: ...

class SessionOptions(JsProxy):
    enableGraphCapture: bool
    preferredOutputLocation: str

class InferenceSession(JsProxy):
    def run(self, feeds: Object) -> Awaitable[Outputs]: ...
    def release(self) -> Awaitable[None]: ...

class WasmFlags(JsProxy):
    numThreads: int
    proxy: bool
    wasmPaths: str | Object

class Environment(JsProxy):
    logLevel: str
    wasm: WasmFlags

class OrtModule(JsProxy):
    Tensor: type[Tensor]
    env: Environment
