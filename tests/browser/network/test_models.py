"""The page with another model than the default: `?model=coco-ssd-tiny`."""

from collections.abc import Callable
from pathlib import Path

from tests.browser.live_page import LivePage

TINY = "coco-ssd-tiny"


def test_of_all_models_the_tiny_one_is_fetched_and_sees(
    visit: Callable[..., LivePage], photo_folder: Path
) -> None:
    live = visit(f"?model={TINY}&provider=wasm")
    live.until_python()
    live.give_files(photo_folder / "chelsea.png", photo_folder / "dog.jpg", photo_folder / "canteen.jpg")
    live.until("ready")
    live.until_results(3)
    assert (live.data["model"], live.data["provider"]) == (TINY, "wasm")
    assert live.published("error") == []
    assert live.labels(0)[0] == "cat"
    assert live.labels(1)[0] == "dog"
    assert live.labels(2).count("person") >= 3
    fetched = live.page.evaluate("performance.getEntriesByType('resource').map((entry) => entry.name)")
    # The tail, which it shares with the default, wakes the runtime while the model arrives.
    models = {name.rpartition("/")[2] for name in fetched if ".onnx" in name}
    assert models == {f"{TINY}.onnx", "coco-ssd-lite.tail.onnx"}
