"""Every error that Onlooker raises on purpose, in one tree.

    DetectorError                      code
    ├── InputError                     bad-input           a frame, size or array that cannot be used
    ├── SettingError                   bad-setting         a value outside what a setting takes
    ├── ClosedError                    closed              detect() after close()
    ├── ModelError                     model
    │   ├── ModelNotFoundError         model-not-found     the manifest has no such model
    │   ├── ModelLoadError             model-load          the file did not arrive
    │   ├── ModelSizeError             model-size          more or fewer bytes arrived than the manifest says
    │   ├── ModelHashError             model-hash          the file arrived, but is not the one expected
    │   └── ModelFormatError           model-format        the file or its manifest cannot be read
    ├── ProviderError                  provider
    │   ├── NoProviderError            no-provider         nothing here can run the network
    │   ├── WrongResultError           wrong-result        a provider computes wrong boxes
    │   ├── IncompleteBuildError       incomplete-build    onnxruntime-web lacks a function that was cut out
    │   └── OutOfMemoryError           out-of-memory
    ├── CameraError                    camera
    │   ├── NoCameraError              no-camera
    │   ├── CameraDeniedError          camera-denied       the visitor, or the system, said no
    │   ├── CameraPolicyError          camera-policy       the page around this one, or its server, said no
    │   ├── CameraDismissedError       camera-dismissed    the question was closed without an answer
    │   ├── CameraBusyError            camera-busy         another program has it
    │   ├── CameraUnpluggedError       camera-unplugged    it went away while running
    │   ├── CameraInsecureError        camera-insecure     the page is not on https or localhost
    │   ├── CameraFileError            camera-file         the page is a file, to which this browser gives no camera
    │   └── CameraConstraintError      camera-constraint   no camera is as the settings ask
    ├── MediaError                     media               a photo or clip cannot be read
    ├── StudioError                    studio              full Python, for extras, cannot be had or stopped
    ├── UnsupportedError               unsupported         the browser lacks something essential
    └── BootError                      boot                the page did not come up

Each has a `code` that programs can rely on, a `message`, what happened, and a `hint`, what to do next:

    >>> str(NoCameraError())
    'No camera found. Connect one, or drop a photo on the page.'
"""

# What only Onlooker's own page can do about a camera.
_DROPS = (", or drop a photo on the page.", "; or drop a photo on the page.", ", or drop a photo on it.")


class DetectorError(Exception):
    """The root: catch this to catch all that Onlooker raises on purpose.

    message: what happened. hint: what to do about it. One sentence each; left out, they are the class's own.
    """

    code = "detector"
    default_message = "Something went wrong in the detector."
    default_hint = ""

    def __init__(self, message: str = "", hint: str = "") -> None:
        self.message = message or self.default_message
        self.hint = hint or self.default_hint
        super().__init__(self.message)

    def __str__(self) -> str:
        return f"{self.message} {self.hint}" if self.hint else self.message

    def as_dict(self) -> dict[str, str]:
        """Plain strings for an event or a message to another thread: code, message, hint."""
        return {"code": self.code, "message": self.message, "hint": self.hint}


class InputError(DetectorError):
    code = "bad-input"
    default_message = "This input cannot be used."
    default_hint = "Give a picture that is at least one pixel wide and high."


class SettingError(DetectorError):
    code = "bad-setting"
    default_message = "This is not a valid setting."


class ClosedError(DetectorError):
    code = "closed"
    default_message = "The detector is closed."
    default_hint = "Load a new one."


class ModelError(DetectorError):
    code = "model"
    default_message = "There is a problem with the model."


class ModelNotFoundError(ModelError):
    code = "model-not-found"
    default_message = "There is no such model."


class ModelLoadError(ModelError):
    code = "model-load"
    default_message = "The model could not be loaded."
    default_hint = "Check the connection and try again."


class ModelSizeError(ModelError):
    """A model's file is longer or shorter than the manifest says: refused before it is hashed.

    expected: in bytes. file: the file's name.
    """

    code = "model-size"

    def __init__(self, expected: int, file: str) -> None:
        super().__init__(
            f"The model file {file} is not the right one: it should have {expected} bytes.",
            "Fetch it again; if that does not help, build it again.",
        )
        self.expected = expected
        self.file = file


class ModelHashError(ModelError):
    """The bytes of a model's file are not those that the manifest names: refused, never run.

    expected, actual: sha256 in hexadecimal. file: the file's name.
    """

    code = "model-hash"

    def __init__(self, expected: str, actual: str, file: str) -> None:
        super().__init__(
            f"The model file {file} is not the right one: its sha256 is {actual}, and should be {expected}.",
            "Fetch it again; if that does not help, build it again.",
        )
        self.expected = expected
        self.actual = actual
        self.file = file


class ModelFormatError(ModelError):
    code = "model-format"
    default_message = "The model or its manifest cannot be understood."
    default_hint = "Build the model again with this version's converter."


class ProviderError(DetectorError):
    code = "provider"
    default_message = "The network could not be run."


class NoProviderError(ProviderError):
    """Every way to run the network was tried and failed.

    reasons: (provider, why it was passed over), in the order tried. hint: left out, it is a page's.
    """

    code = "no-provider"
    default_hint = "Try a current browser, or provider=wasm."

    def __init__(self, reasons: list[tuple[str, str]], hint: str = "") -> None:
        told = "; ".join([f"{provider}: {reason}" for provider, reason in reasons])
        super().__init__(f"Nothing here can run the network ({told or 'nothing to try'}).", hint)
        self.reasons = reasons


class WrongResultError(ProviderError):
    code = "wrong-result"
    default_message = "This provider finds wrong boxes in a known picture."
    default_hint = "Choose another provider."


class IncompleteBuildError(ProviderError):
    code = "incomplete-build"
    default_message = "The network needs a part of onnxruntime-web that its smaller build lacks."
    default_hint = "Start again: the whole build is used then."


class OutOfMemoryError(ProviderError):
    code = "out-of-memory"
    default_message = "There is not enough memory to run the network."
    default_hint = "Close other tabs or programs and try again."


class CameraError(DetectorError):
    code = "camera"
    default_message = "The camera could not be started."
    default_hint = "Try again, or drop a photo on the page."

    def elsewhere(self) -> "CameraError":
        """The same, for a page of others, where no photo can be dropped."""
        hint = self.hint
        for ending in _DROPS:
            if hint.endswith(ending):
                hint = hint[: -len(ending)] + "."
        return type(self)(self.message, hint)


class NoCameraError(CameraError):
    code = "no-camera"
    default_message = "No camera found."
    default_hint = "Connect one, or drop a photo on the page."


class CameraDeniedError(CameraError):
    code = "camera-denied"
    default_message = "The camera is blocked for this page."
    default_hint = "Allow it beside the page's address and start again, or drop a photo on the page."


class CameraPolicyError(CameraError):
    code = "camera-policy"
    default_message = "The site around this page does not let it use the camera."
    default_hint = "Open this page by itself, or drop a photo on it."


class CameraDismissedError(CameraError):
    code = "camera-dismissed"
    default_message = "The question about the camera was closed without an answer."
    default_hint = "Start again and choose Allow; or drop a photo on the page."


class CameraBusyError(CameraError):
    code = "camera-busy"
    default_message = "The camera is in use by another program."
    default_hint = "Close that program and start again."


class CameraUnpluggedError(CameraError):
    code = "camera-unplugged"
    default_message = "The camera was disconnected."
    default_hint = "Connect it and start again, or drop a photo on the page."


class CameraInsecureError(CameraError):
    code = "camera-insecure"
    default_message = "Browsers give the camera only to pages on https or on localhost."
    default_hint = "Open this page there, or drop a photo on it."


class CameraFileError(CameraError):
    code = "camera-file"
    default_message = "This browser gives no camera to a page that was opened as a file."
    default_hint = "Drop photos or videos on it, or open the file in Chrome, Edge or Firefox."


class CameraConstraintError(CameraError):
    code = "camera-constraint"
    default_message = "No camera here is as the settings ask."
    default_hint = "Choose the other camera, or leave the choice open."


class MediaError(DetectorError):
    code = "media"
    default_message = "This file cannot be read as a photo or a clip."
    default_hint = "Try a JPEG, PNG or WebP photo, or an MP4 or WebM clip."


class StudioError(DetectorError):
    code = "studio"
    default_message = "The studio has stopped."
    default_hint = "Try again; if it stays, “Save” keeps the picture as it is shown."


class UnsupportedError(DetectorError):
    code = "unsupported"
    default_message = "This browser lacks something that the detector needs."
    default_hint = "Try a current Chrome, Edge, Firefox or Safari."


class BootError(DetectorError):
    code = "boot"
    default_message = "The page did not start."
    default_hint = "Reload it."


def shortened(text: str) -> str:
    """A text of somebody's, as long as it may be in a message."""
    return text if len(text) <= 60 else text[:60] + "…"
