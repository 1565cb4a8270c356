"""The folder with the models: the list of them, and their files, each checked to be the one that the list names."""

import json

import js

from detector.browser.network.downloads.download import download, sha256
from detector.browser.platform.interop import address, bridge, create_proxy, failure
from detector.errors import ModelFormatError, ModelLoadError
from detector.model import Manifest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from detector.browser.network.downloads.progress import Progress
    from detector.model import Model

MODELS = "./models/"
LARGEST_MANIFEST = 2**18  # bytes


async def load_manifest() -> Manifest:
    """The list of models. Raises ModelLoadError or ModelFormatError."""
    try:
        response = await js.fetch(address(MODELS + "manifest.json"))
        body = await (await bridge()).readBody(response, True, create_proxy(_nobody_asks), LARGEST_MANIFEST)
    except Exception as error:
        raise ModelLoadError("The list of models could not be fetched (" + failure(error)[1] + ").")
    if not response.ok:
        raise ModelLoadError("The server has no list of models (status " + str(response.status) + ").")
    try:
        table = json.loads(str(js.TextDecoder.new().decode(body)))
    except (ValueError, RuntimeError, MemoryError) as error:  # the latter two: nested too deep
        kind = type(error).__name__
        raise ModelFormatError("The model manifest cannot be read: " + kind + " " + str(error) + ".")
    return Manifest.from_dict(table)


def _nobody_asks(received: int) -> None:
    """Bytes of what is small."""


async def load_model(model: "Model", progress: "Progress") -> "js.Uint8Array":
    """A model's file. Raises ModelLoadError, and ModelSizeError or ModelHashError where it is another."""
    data = await download(MODELS + model.file, progress.part(model.file, "Model"), model.size)
    model.verify_size(data.length)
    model.verify(await sha256(data))
    return data
