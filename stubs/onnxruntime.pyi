"""onnxruntime, as far as detector/native uses it: the package has no types of its own."""

from collections.abc import Mapping, Sequence

from numpy import generic
from numpy.typing import NDArray

class SessionOptions:
    log_severity_level: int
    def add_session_config_entry(self, key: str, value: str) -> None: ...

class InferenceSession:
    def __init__(
        self, content: bytes, options: SessionOptions | None = ..., *, providers: Sequence[str]
    ) -> None: ...
    def run(
        self, outputs: Sequence[str], feeds: Mapping[str, NDArray[generic]]
    ) -> list[NDArray[generic]]: ...
