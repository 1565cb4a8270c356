"""One network, open in onnxruntime-web: its tensors, its runs, and its failures in words."""

import js

from detector.browser.network.runtime import LOCK, lacks_function, opened_failed, unreachable
from detector.browser.platform.interop import attempt, bridge, failure, now, record
from detector.errors import IncompleteBuildError, ModelFormatError, OutOfMemoryError, ProviderError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ort import InferenceSession, Outputs, Tensor

    from detector.browser.network.runtime import Runtime
    from web import Chooser


class Graph:
    """One graph, loaded into one execution provider.

    took: ms of its last run. spent: ms that onnxruntime-web was kept busy for it, in all: to open it and to run it.
    """

    def __init__(
        self, runtime: "Runtime", session: "InferenceSession", spent: float, on_gpu: "Chooser | None"
    ) -> None:
        self.took = 0.0
        self.spent = spent
        self._on_gpu = on_gpu
        self._silent = False  # its worker does not answer
        self._runtime = runtime
        self._session: InferenceSession | None = session

    @classmethod
    async def open(
        cls,
        runtime: "Runtime",
        model: "js.Uint8Array",
        provider: "str | js.Object",
        on_gpu: "Chooser | None" = None,
        captured: bool = False,
    ) -> "Graph":
        """Create a session from a model's bytes. `provider`: a name, or a JavaScript record with one.

        on_gpu: if its inputs are on the GPU and its outputs stay there, who takes those: its `take(outputs)` disposes
        them and gives what run() is to give. captured: its commands are recorded and replayed.
        Raises OutOfMemoryError, ModelFormatError (bytes that are no model) or ProviderError.
        """
        options = (await bridge()).sessionOptions(provider)
        if on_gpu is not None:
            options.enableGraphCapture = captured
            options.preferredOutputLocation = "gpu-buffer"
        async with LOCK:
            began = now()
            try:
                session = await runtime.create(model, options)
            except Exception as error:
                raise _typed(error, "could not be started")
            return cls(runtime, session, now() - began, on_gpu)

    def tensor(
        self, dtype: str, data: "js.TypedArray[float] | js.TypedArray[int]", shape: "Sequence[int]"
    ) -> "Tensor":
        """A tensor over a typed array, without a copy."""
        return self._runtime.ort.Tensor.new(dtype, data, js.Array.of(*shape))

    def tensor_on_gpu(self, buffer: "js.GPUBuffer", shape: "Sequence[int]") -> "Tensor":
        """A float32 tensor over a `GPUBuffer`, which stays its owner's."""
        options = record(dataType="float32", dims=js.Array.of(*shape))
        return self._runtime.ort.Tensor.fromGpuBuffer(buffer, options)

    async def run(self, **feeds: "Tensor") -> "Outputs":
        """Run the graph. Inputs and outputs are tensors by name. Raises OutOfMemoryError or ProviderError."""
        async with LOCK:
            if self._session is None:
                raise ProviderError("This session is closed.")
            began = now()
            try:
                outputs = await self._runtime.run(self._session, record(**feeds))
                if self._on_gpu is not None:
                    outputs = await attempt(self._on_gpu, "take", outputs)
            except Exception as error:
                self._silent = failure(error)[0] == "TimeoutError" or "ErrorEvent" in failure(error)[1]
                if self._runtime.only_opened and (self._silent or unreachable(error)):
                    opened_failed()
                    if unreachable(error):
                        raise IncompleteBuildError()
                raise _typed(error, "failed while detecting")
            self.took = now() - began
            self.spent += self.took
            return outputs

    async def close(self) -> None:
        """Release the session once nothing runs in it. Calling it again does nothing."""
        async with LOCK:
            session, self._session = self._session, None
            if session is not None:
                try:
                    if not self._silent:
                        await attempt(session, "release")
                finally:
                    self._runtime.released()


def _typed(error: BaseException, what: str) -> Exception:
    name, message = failure(error)
    lower = message.lower()
    if lacks_function(error):
        return IncompleteBuildError()
    if (
        name == "RangeError"
        or "out of memory" in lower
        or "bad_alloc" in lower
        or "allocation failed" in lower
    ):
        return OutOfMemoryError()
    if "protobuf" in lower or "failed to load model" in lower or "invalid model" in lower:
        return ModelFormatError("The model's file cannot be read (" + message + ").")
    return ProviderError("onnxruntime-web " + what + " (" + message + ").")
