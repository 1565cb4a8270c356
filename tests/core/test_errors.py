"""The tree of errors: codes that programs rely on, words that people can act on."""

import detector.errors as errors
from detector.errors import (
    CameraError,
    DetectorError,
    InputError,
    ModelError,
    ModelHashError,
    NoCameraError,
    NoProviderError,
    ProviderError,
)

SPECIAL = (
    "ModelHashError",
    "ModelSizeError",
    "NoProviderError",
)  # those that are made of more than a message and a hint


def all_errors() -> list:
    found = []
    for name in dir(errors):
        kind = getattr(errors, name)
        if isinstance(kind, type) and issubclass(kind, DetectorError):
            found.append((name, kind))
    return found


def test_every_error_has_a_code_of_its_own_and_words() -> None:
    codes = set()
    for name, kind in all_errors():
        assert kind.code not in codes, name
        codes.add(kind.code)
        assert kind.code == kind.code.lower() and " " not in kind.code and "_" not in kind.code, name
        if name not in SPECIAL:
            assert str(kind()).endswith("."), name


def test_codes_are_those_promised() -> None:
    promised = (
        "detector bad-input bad-setting closed model model-not-found model-load model-size model-hash model-format "
        "provider no-provider wrong-result incomplete-build out-of-memory camera no-camera camera-denied camera-policy "
        "camera-dismissed camera-busy camera-unplugged camera-insecure camera-file camera-constraint media studio "
        "unsupported boot"
    )
    assert {kind.code for _, kind in all_errors()} == set(promised.split(" "))


def test_message_and_hint_make_the_text() -> None:
    assert str(NoCameraError()) == "No camera found. Connect one, or drop a photo on the page."
    assert str(InputError("Too small.", "Make it larger.")) == "Too small. Make it larger."
    assert str(DetectorError("Just this.")) == "Just this."
    error = InputError("Too small.")
    assert error.message == "Too small." and error.hint == InputError.default_hint


def test_on_pages_of_others_no_photo_can_be_dropped() -> None:
    for _, kind in all_errors():
        if issubclass(kind, CameraError):
            there = kind().elsewhere()
            assert type(there) is kind and there.message == kind().message
            assert "drop" not in there.hint and there.hint.endswith("."), there.hint
    assert str(NoCameraError().elsewhere()) == "No camera found. Connect one."
    assert CameraError("It hums.", "Turn it off.").elsewhere().hint == "Turn it off."


def test_kinds_are_caught_by_their_families() -> None:
    assert issubclass(NoCameraError, CameraError)
    assert issubclass(ModelHashError, ModelError)
    assert issubclass(NoProviderError, ProviderError)
    for _, kind in all_errors():
        assert issubclass(kind, DetectorError)


def test_hash_error_names_both_hashes_and_the_file() -> None:
    error = ModelHashError("aaaa", "bbbb", "net.onnx")
    assert (error.expected, error.actual, error.file) == ("aaaa", "bbbb", "net.onnx")
    for part in ("aaaa", "bbbb", "net.onnx"):
        assert part in str(error)


def test_no_provider_tells_every_reason() -> None:
    error = NoProviderError([("webgpu", "no adapter"), ("wasm", "no WebAssembly")])
    assert "webgpu: no adapter; wasm: no WebAssembly" in str(error)
    assert error.reasons == [("webgpu", "no adapter"), ("wasm", "no WebAssembly")]
    assert "nothing to try" in str(NoProviderError([]))


def test_as_dict_is_plain_text() -> None:
    assert NoCameraError().as_dict() == {
        "code": "no-camera",
        "message": "No camera found.",
        "hint": "Connect one, or drop a photo on the page.",
    }
