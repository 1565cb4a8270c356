"""Names on a crowded picture, as the page draws them: none lies over another, however wide the window is."""

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from tests.browser.live_page import LivePage
from tests.browser.pictures import load

HAIR = 0.51  # of the canvas' pixels: what lies edge to edge, rounded

# The plates of what is on the overlay, in its pixels, and the names on them.
NOTE_PLATES = """
window.plates = [];
const { clearRect, fillRect } = CanvasRenderingContext2D.prototype;
CanvasRenderingContext2D.prototype.clearRect = function (...box) {
  if (this.canvas.id === "overlay") window.plates = [];
  return clearRect.apply(this, box);
};
CanvasRenderingContext2D.prototype.fillRect = function (x, y, width, height) {
  if (this.canvas.id === "overlay") {
    const { a, d, e, f } = this.getTransform();
    window.plates.push([x * a + e, y * d + f, (x + width) * a + e, (y + height) * d + f]);
  }
  return fillRect.call(this, x, y, width, height);
};
"""


@pytest.fixture(scope="module")
def crowd(photo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """People and cups so close to each other that each one's usual place for its name is on somebody else."""
    person, cup = load(photo_folder / "astronaut.png"), load(photo_folder / "coffee.png")
    picture = Image.new("RGB", (1200, 900), "grey")
    for row, column in itertools.product(range(3), range(4)):
        one = person if (row + column) % 3 else cup
        picture.paste(one.resize((330, 330)), (column * 290, row * 285))
    path = tmp_path_factory.mktemp("crowd") / "crowd.png"
    picture.save(path, compress_level=1)
    return path


@pytest.mark.parametrize(("width", "classes", "least"), [(1440, "", 16), (360, "person,cup", 10)])
def test_no_name_lies_over_another_in_a_crowd(
    visit: Callable[..., LivePage], crowd: Path, width: int, classes: str, least: int
) -> None:
    viewport = {"width": width, "height": 900}
    live = visit(f"?threshold=0.3&max=40&classes={classes}", init=NOTE_PLATES, viewport=viewport)
    live.until_python()
    live.give_files(crowd)
    live.until("ready")
    plates = live.page.evaluate("window.plates")
    assert len(plates) == len(live.results[-1]["detections"]) >= least
    over = [
        (one, other)
        for one, other in itertools.combinations(plates, 2)
        if min(one[2], other[2]) - max(one[0], other[0]) > HAIR
        and min(one[3], other[3]) - max(one[1], other[1]) > HAIR
    ]
    assert over == []
