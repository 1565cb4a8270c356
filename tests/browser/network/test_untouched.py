"""The page on onnxruntime-web as it comes from npm: nothing that tools/runtime does to it is needed, or asked for.

So an update of onnxruntime-web can go without it (tools/runtime/fits.py). That its boxes are coco-ssd's is held by
test_oracle.py.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.browser.live_page import LivePage
from tools.common import paths
from tools.runtime.trim import shorten

DIST = paths.NODE_MODULES / "onnxruntime-web/dist"


@pytest.mark.parametrize("address", ["?nothing", "?provider=wasm"])
@pytest.mark.parametrize(
    ("photo", "first"), [("astronaut.png", "person"), ("chelsea.png", "cat"), ("coffee.png", "cup")]
)
def test_the_page_runs_on_the_build_as_it_comes(
    visit_untouched: Callable[..., LivePage],
    untouched_runtime: Path,
    photo_folder: Path,
    address: str,
    photo: str,
    first: str,
) -> None:
    live = visit_untouched(address)
    live.until_python()
    live.give_files(photo_folder / photo)
    live.until("ready")
    assert live.data["provider"] == "wasm"
    assert live.labels()[0] == first
    asked = {url.rpartition("/")[2] for url in live.requested}
    assert shorten.TRIMMED in asked
    assert (untouched_runtime / shorten.TRIMMED).read_bytes() == (DIST / shorten.TRIMMED).read_bytes()
    assert not [name for name in asked if name.endswith(".memory") or name.startswith("start-")], "snapshots"
    assert shorten.WHOLE not in asked, "it lacks nothing"
    assert live.published("error") == []
    assert live.missing == []
