"""tools/model/evaluate: precision on photographs whose annotations are known, and the drift by hand."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from detector.labels import COCO_LABELS
from detector.native import open_session
from detector.vision.non_maximum_suppression import Candidates, select
from detector.vision.regions import LOOKS
from tools.common import paths
from tools.common.progress import SetupError
from tools.model import evaluate
from tools.model.evaluate import coco, network
from tools.model.evaluate.steps import variants
from tools.serve import precompressed

NAMES = ("chelsea", "coffee", "astronaut")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Photographs annotated with what float32 finds in them: so float32 is right about all of it."""
    folder = tmp_path_factory.mktemp("coco")
    (folder / "images").mkdir()
    images, annotations = [], []
    session = asyncio.run(open_session("coco-ssd-lite", weights="float32"))
    for number, name in enumerate(NAMES):
        file = f"{name}.jpg"
        content = (paths.SAMPLES / file).read_bytes()
        (folder / "images" / file).write_bytes(content)
        with Image.open(folder / "images" / file) as opened:
            width, height = opened.size
        images.append({"id": number, "file_name": file, "width": width, "height": height})

        async def found(path: Path = folder / "images" / file) -> Candidates:
            return await session.run(await session.grab(path))

        for one in select(asyncio.run(found()), width, height, threshold=0.5):
            box = [one.box.x, one.box.y, one.box.width, one.box.height]
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": number,
                    "category_id": one.class_id,
                    "bbox": box,
                    "area": box[2] * box[3],
                    "iscrowd": 0,
                }
            )
    categories = [{"id": class_id, "name": name} for class_id, name in COCO_LABELS]
    truth = {"images": images, "annotations": annotations, "categories": categories, "info": {}}
    (folder / "annotations.json").write_text(json.dumps(truth))
    return folder


def test_who_wrote_the_annotations_is_right_about_all(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tmp_path / "figures.json"
    names = ["coco-ssd-lite:float32", "coco-ssd-tiny", str(paths.MODELS / "coco-ssd-lite.onnx")]
    assert evaluate.run([str(folder), *names, "--json", str(report)]) == 0
    figures = json.loads(report.read_text())
    exact, tiny, default = figures["models"]
    assert figures["photographs"] == 3
    assert [row["model"] for row in figures["models"]] == names
    assert (exact["ap"], exact["ap50"], exact["drift"]) == (100, 100, {"score": 0, "iou": 1})
    assert tiny["ap50"] > 80
    # A finer measure: the tiny one is farther off than the default, and a third of its size at most.
    assert 0 < default["drift"]["score"] < tiny["drift"]["score"] < 0.2
    assert tiny["brotli"] < 0.6 * default["brotli"]
    printed = capsys.readouterr().out
    assert "3 photographs" in printed and "100.0 100.0 0.0000 1.0000" in printed


def test_a_folder_without_annotations_is_named(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"annotations\.json"):
        evaluate.evaluate(tmp_path, evaluate.MODELS)
    (tmp_path / "annotations.json").write_text('{"images": []}')
    with pytest.raises(SetupError, match="no photograph"):
        evaluate.evaluate(tmp_path, evaluate.MODELS)


def test_a_model_that_is_not_there_is_named(folder: Path) -> None:
    for name in ("coco-ssd-huge", "coco-ssd-huge.onnx"):
        with pytest.raises(SetupError, match=name):
            evaluate.run([str(folder), name])


def test_nothing_found_is_worth_nothing(folder: Path) -> None:
    photographs = coco.Photographs.read(folder)
    nothing = [Candidates([], [], [], [])] * len(photographs.entries)
    assert coco.average_precision(photographs, nothing) == dict.fromkeys(coco.FIGURES, 0)


def test_looking_once_is_as_before_and_closer_finds_a_small_thing(folder: Path, tmp_path: Path) -> None:
    photographs = coco.Photographs.read(folder)
    model = evaluate.content_of("coco-ssd-lite")
    once, _ = network.closer(model, [photographs.parts(entry, "once") for entry in photographs.entries])
    assert once == network.candidates(model, photographs.pixels)

    wide = Image.new("RGB", (2400, 1800), "grey")
    with Image.open(paths.SAMPLES / "coffee.jpg") as cup:
        wide.paste(cup.resize((480, 320)), (300, 1400))
    (tmp_path / "images").mkdir()
    wide.save(tmp_path / "images/wide.png")
    entry = {"id": 0, "file_name": "wide.png", "width": 2400, "height": 1800}
    (tmp_path / "annotations.json").write_text(json.dumps({"images": [entry]}))
    small = coco.Photographs.read(tmp_path)
    best = {}
    for look in LOOKS:
        (found,), _ = network.closer(model, [small.parts(entry, look)])
        best[look] = max(
            (one.score for one in select(found, 2400, 1800, threshold=0.01) if one.label == "cup"),
            default=0.0,
        )
    assert best["once"] < 0.3 and best["closer"] > 0.5 and best["closest"] > 0.5, best


def test_the_drift_by_hand() -> None:
    box, shifted = [0.0, 0.0, 0.4, 0.4], [0.0, 0.0, 0.4, 0.2]
    first = [Candidates(box + box, [0.9, 0.4], [1, 2], [7, 8])]
    # One pair moved and 0.1 off, one lost; one that is new; and one under what counts.
    other = [Candidates(shifted + box + box, [0.8, 0.5, 0.2], [1, 3, 4], [7, 8, 9])]
    found = network.drift(first, other)
    assert found["score"] == pytest.approx((0.1 + 0.4 + 0.5) / 3)
    assert found["iou"] == pytest.approx(0.5)
    assert network.drift(first, first) == {"score": 0, "iou": 1}


def test_the_steps_end_in_the_tiny_model() -> None:
    """The last step before the other sizes makes the very network that is in the file."""
    made = dict(variants_until("coco-ssd-tiny"))
    name, content = list(made.items())[-1]
    assert name.endswith("coco-ssd-tiny")
    pixels = coco.rgba(paths.SAMPLES / "coffee.jpg", 300)
    expected = network.candidates((paths.MODELS / "coco-ssd-tiny.onnx").read_bytes(), pixels)
    assert network.candidates(content, pixels) == expected
    assert len(made) == 7


def variants_until(end: str) -> Iterator[tuple[str, bytes]]:
    for name, content in variants():
        yield name, content
        if name.endswith(end):
            return


def test_the_documents_figures_are_the_measured_ones() -> None:
    figures = json.loads((paths.ROOT / "bench/accuracy.json").read_text("utf-8"))["models"]
    document = (paths.MODELS / "README.md").read_text("utf-8")
    for row in figures:
        drift = row["drift"]
        cells = (
            f"{row['brotli'] / 1e6:.2f} MB | {row['ap']:.1f} | {drift['score']:.3f} | {drift['iou']:.3f} |"
        )
        assert f"| {cells}\n" in document, row["model"]


def test_the_documents_figures_of_looks_are_the_measured_ones() -> None:
    figures = json.loads((paths.ROOT / "bench/looks.json").read_text("utf-8"))
    document = (paths.ROOT / "docs/accuracy.md").read_text("utf-8")
    assert f"on {figures['photographs']} photographs" in document
    for row in figures["looks"]:
        cells = " | ".join(f"{row[name]:.1f}" for name in coco.FIGURES)
        scores = " | ".join(f"{score:.1f}" for score in row["f1"].values())
        assert f"| {row['look']} | {row['model']} | {cells} | {row['ms']:.0f} | {scores} |\n" in document
    for row in figures["merging"]:
        sizes = " | ".join(f"{row[name]:.1f}" for name in ("ap", "small", "medium", "large"))
        assert f"| {row['way']} | {row['look']} | {sizes} | {row['ms']:.0f} |\n" in document
    of = {(row["model"], row["look"]): row for row in figures["looks"]}
    for model in ("coco-ssd-lite", "coco-ssd-tiny"):
        once, closer, closest = (of[model, look] for look in LOOKS)
        assert closer["ap"] >= once["ap"] + 4.5 and closest["ap"] >= once["ap"] + 6
        assert closest["f1"]["0.5"] > closer["f1"]["0.5"] > once["f1"]["0.5"]
        assert model == "coco-ssd-tiny" or min(closer["large"], closest["large"]) >= once["large"] - 0.5


def test_the_measured_model_is_the_one_that_is_built() -> None:
    figures = json.loads((paths.ROOT / "bench/accuracy.json").read_text("utf-8"))["models"]
    (tiny,) = (row for row in figures if row["model"] == "coco-ssd-tiny")
    assert precompressed.brotli_form(paths.MODELS / "coco-ssd-tiny.onnx").stat().st_size == tiny["brotli"]
    exact = next(row for row in figures if row["model"] == evaluate.REFERENCE)
    assert tiny["brotli"] <= 2_200_000 and tiny["ap"] >= exact["ap"] - 1.5
