"""detector/native: frames, the session, and the graph's tail against the numpy reference."""

import asyncio
import shutil
import tomllib
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import detector
from detector.errors import (
    ClosedError,
    InputError,
    MediaError,
    ModelFormatError,
    ModelHashError,
    ModelNotFoundError,
    ModelSizeError,
    NoProviderError,
    ProviderError,
    SettingError,
    UnsupportedError,
)
from detector.labels import COCO_LABELS
from detector.native import NativeSession, open_session
from detector.native.decode import decode
from detector.native.frames import rgba, size_of
from detector.native.session import load_manifest
from detector.result import Result
from detector.vision.boxes import iou
from detector.vision.non_maximum_suppression import Candidates, select
from tools.common import paths
from tools.model import build as model
from tools.model.convert.forms import ANCHORS
from tools.model.convert.graphdef import parse_graphdef, read_files

NAME = "coco-ssd-lite"
CLASS_IDS = [class_id for class_id, _ in COCO_LABELS]
SAMPLES = sorted(paths.SAMPLES.glob("*.jpg"))


@pytest.fixture(scope="module")
def anchors() -> np.ndarray:
    return parse_graphdef(read_files(model.fetch_source())).constant(ANCHORS).reshape(-1, 4)


@pytest.fixture(scope="module")
def tail() -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(paths.MODELS / f"{NAME}.tail.onnx")


@pytest.fixture(scope="module")
def sessions() -> dict[str, NativeSession]:
    return {weights: asyncio.run(open_session(NAME, weights=weights)) for weights in ("int8", "float32")}


def candidates_of(session: NativeSession, frame: object) -> Candidates:
    async def run() -> Candidates:
        return await session.run(await session.grab(frame))

    return asyncio.run(run())


def assert_same(actual: list[np.ndarray], expected: Candidates) -> None:
    boxes, scores, class_ids, anchor_ids = actual
    assert (boxes.dtype, boxes.shape, scores.dtype, scores.shape) == (
        np.float32,
        (1, 200, 4),
        np.float32,
        (1, 200),
    )
    assert (class_ids.dtype, anchor_ids.dtype) == (np.int32, np.int32)
    assert class_ids[0].tolist() == expected.class_ids
    assert anchor_ids[0].tolist() == expected.anchor_ids
    np.testing.assert_allclose(scores[0], expected.scores, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(boxes.ravel(), expected.boxes, rtol=1e-4, atol=1e-5)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10_000), ties=st.booleans())
def test_the_tail_is_the_reference_decode(
    tail: onnxruntime.InferenceSession, anchors: np.ndarray, seed: int, ties: bool
) -> None:
    random = np.random.default_rng(seed)
    encodings = random.normal(0, 2, (1, len(anchors), 4)).astype(np.float32)
    logits = random.normal(-5, 3, (1, len(anchors), len(CLASS_IDS))).astype(np.float32)
    if ties:
        logits = np.round(logits * 2) / 2
    actual = tail.run(None, {"encodings": encodings, "logits": logits})
    assert (np.diff(actual[1]) <= 0).all()
    assert_same(actual, decode(encodings, logits, anchors, CLASS_IDS))


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_the_full_form_is_heads_and_reference_decode(
    path: Path, anchors: np.ndarray, sessions: dict[str, NativeSession]
) -> None:
    tensor = rgba(path, 300)
    heads = onnxruntime.InferenceSession(paths.MODELS / f"{NAME}.heads.float32.onnx")
    encodings, logits = heads.run(None, {"image": tensor})
    full = asyncio.run(sessions["float32"].run(tensor))
    shapes = [(1, 200, 4), (1, 200), (1, 200), (1, 200)]
    types = [np.float32, np.float32, np.int32, np.int32]
    actual = [
        np.array(values, kind).reshape(shape) for values, kind, shape in zip(full, types, shapes, strict=True)
    ]
    assert_same(actual, decode(encodings, logits, anchors, CLASS_IDS))


def test_there_are_samples() -> None:
    assert len(SAMPLES) >= 3


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_int8_weights_find_what_float32_weights_find(path: Path, sessions: dict[str, NativeSession]) -> None:
    small, reference = (select(candidates_of(session, path), 1, 1) for session in sessions.values())
    assert [found.label for found in small] == [found.label for found in reference]
    for one, other in zip(small, reference, strict=True):
        assert abs(one.score - other.score) < 0.05
        corners = [(box.x, box.y, box.right, box.bottom) for box in (one.box, other.box)]
        assert iou(*corners) > 0.93


def test_the_check_picture_shows_what_the_manifest_expects(sessions: dict[str, NativeSession]) -> None:
    check = load_manifest(paths.MODELS).check
    for session in sessions.values():
        found = select(candidates_of(session, paths.MODELS / check.picture), 300, 300)
        assert check.differences(found, 300, 300) == []


def test_a_detector_finds_the_same_in_every_kind_of_frame() -> None:
    path = SAMPLES[0]

    async def run() -> None:
        with Image.open(path) as opened:
            image = opened.convert("RGB")
        async with await detector.load() as loaded:
            assert loaded.provider == "cpu"
            expected = await loaded.detect(path)
            assert expected
            for frame in (str(path), image, np.asarray(image), np.asarray(image.convert("RGBA"))):
                assert await loaded.detect(frame) == expected
        with pytest.raises(ClosedError):
            await loaded.detect(image)

    asyncio.run(run())


def test_a_closed_session_says_so(sessions: dict[str, NativeSession]) -> None:
    async def run() -> None:
        session = await open_session(NAME)
        tensor = await session.grab(session.blank())
        await session.close()
        with pytest.raises(ClosedError):
            await session.run(tensor)

    asyncio.run(run())


# Frames


def test_a_frame_becomes_rgba_bytes() -> None:
    pixels = np.zeros((300, 300, 3), np.uint8)
    pixels[:, :, 0] = 200
    pixels[10, 20] = (1, 2, 3)
    tensor = rgba(pixels, 300)
    assert (tensor.shape, tensor.dtype) == ((1, 300, 300, 4), np.uint8)
    assert tensor[0, 10, 20].tolist() == [1, 2, 3, 255]
    assert tensor[0, 0, 0].tolist() == [200, 0, 0, 255]


@pytest.mark.parametrize("size", [(1, 1), (3, 1000), (1000, 3), (299, 301), (4001, 2999)])
def test_any_size_is_stretched_to_the_input(size: tuple[int, int]) -> None:
    image = Image.new("RGB", size, (10, 200, 30))
    assert size_of(image) == size
    assert (rgba(image, 300) == (10, 200, 30, 255)).all()


def test_the_middle_of_a_picture_stays_in_the_middle() -> None:
    for width in (150, 451, 640, 1200, 2500):
        image = Image.new("L", (width, width), 0)
        image.paste(255, (0, 0, width // 2, width))
        columns = rgba(image, 300)[0, :, :, 0].mean(axis=0)
        assert abs(columns.sum() / 255 - 150) < 1


def test_transparent_is_black_as_on_the_canvas() -> None:
    pixels = np.full((20, 20, 4), 255, np.uint8)
    pixels[..., 3] = 51
    assert (rgba(pixels, 300)[0, :, :] == (51, 51, 51, 255)).all()


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr"])
def test_every_mode_with_colours_is_a_frame(mode: str) -> None:
    assert rgba(Image.new(mode, (40, 30)), 300).shape == (1, 300, 300, 4)


def test_sixteen_bits_of_grey_are_shown_by_the_upper_byte(tmp_path: Path) -> None:
    Image.fromarray(np.full((20, 20), 0x8123, np.uint16)).save(tmp_path / "grey.png")
    assert (rgba(tmp_path / "grey.png", 300) == (0x81, 0x81, 0x81, 255)).all()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_honoured(orientation: int, tmp_path: Path) -> None:
    # A red corner, upper left when upright; stored as a camera would that was held so.
    upright = np.zeros((60, 90, 3), np.uint8)
    upright[:20, :20] = (255, 0, 0)
    stored = {
        1: upright, 2: upright[:, ::-1], 3: upright[::-1, ::-1], 4: upright[::-1],
        5: upright.transpose(1, 0, 2), 6: np.rot90(upright),
        7: np.rot90(upright, 2).transpose(1, 0, 2), 8: np.rot90(upright, -1),
    }[orientation]  # fmt: skip
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / "photo.png"
    Image.fromarray(np.ascontiguousarray(stored)).save(path, exif=exif)
    assert size_of(path) == (90, 60)
    np.testing.assert_array_equal(rgba(path, 300), rgba(upright, 300))


@pytest.mark.parametrize(
    "frame",
    [
        np.zeros((0, 10, 3), np.uint8),
        np.zeros((10, 0, 4), np.uint8),
        np.zeros((10, 10), np.uint8),
        np.zeros((10, 10, 2), np.uint8),
        np.zeros((10, 10, 3), np.float32),
        np.zeros((1, 10, 10, 3), np.uint8),
        Image.new("RGB", (0, 5)),
        Image.new("I", (5, 5)),
        Image.new("F", (5, 5)),
        None,
        7,
        b"bytes",
    ],
    ids=lambda frame: f"{type(frame).__name__} {getattr(frame, 'shape', getattr(frame, 'mode', ''))}",
)
def test_what_is_no_frame_is_refused(frame: object) -> None:
    with pytest.raises(InputError):
        rgba(frame, 300)


def test_a_file_that_is_no_picture_is_named(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=r"nothing\.jpg"):
        size_of(tmp_path / "nothing.jpg")
    (tmp_path / "text.jpg").write_text("no picture")
    with pytest.raises(MediaError, match=r"text\.jpg"):
        rgba(tmp_path / "text.jpg", 300)
    whole = SAMPLES[0].read_bytes()
    (tmp_path / "half.jpg").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(MediaError, match=r"half\.jpg"):
        rgba(tmp_path / "half.jpg", 300)
    with pytest.raises(MediaError, match=tmp_path.name):
        rgba(tmp_path, 300)


# Models


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of models that the test may spoil."""
    shutil.copy(paths.MODELS / "manifest.toml", tmp_path)
    shutil.copy(paths.MODELS / f"{NAME}.onnx", tmp_path)
    monkeypatch.setenv("ONLOOKER_MODELS", str(tmp_path))
    return tmp_path


def test_a_model_with_other_bytes_is_refused_naming_both_hashes(models: Path) -> None:
    asyncio.run(open_session(NAME))
    content = bytearray((models / f"{NAME}.onnx").read_bytes())
    content[-1] ^= 1
    (models / f"{NAME}.onnx").write_bytes(content)
    manifest = tomllib.loads((models / "manifest.toml").read_text("utf-8"))
    with pytest.raises(ModelHashError) as caught:
        asyncio.run(open_session(NAME))
    assert caught.value.expected == manifest["model"][0]["sha256"]
    assert caught.value.expected in str(caught.value)
    assert caught.value.actual in str(caught.value)
    assert caught.value.actual != caught.value.expected


@pytest.mark.parametrize("change", [-1, 1])
def test_a_model_of_another_size_is_refused_unread(models: Path, change: int) -> None:
    path = models / f"{NAME}.onnx"
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.truncate(size + change if change < 0 else 2**33)  # as a hole: nothing of it is on the disk
    with pytest.raises(ModelSizeError, match=str(size)):
        asyncio.run(open_session(NAME))


def test_a_manifest_that_is_nested_deeper_than_python_reads_is_named(models: Path) -> None:
    for text in ("a = " + "[" * 100_000, "a = 1\n" * 300_000, "a = '\0'"):
        (models / "manifest.toml").write_text(text)
        with pytest.raises(ModelFormatError):
            asyncio.run(open_session(NAME))


def test_what_is_missing_is_named(models: Path) -> None:
    with pytest.raises(ModelNotFoundError, match="coco-ssd-large"):
        asyncio.run(open_session("coco-ssd-large"))
    with pytest.raises(ModelNotFoundError, match=r"coco-ssd-lite\.float32\.onnx"):
        asyncio.run(open_session(NAME, weights="float32"))
    (models / "manifest.toml").write_text("labels = ")
    with pytest.raises(ModelFormatError, match=r"manifest\.toml"):
        asyncio.run(open_session(NAME))
    (models / "manifest.toml").unlink()
    with pytest.raises(ModelNotFoundError, match=r"manifest\.toml"):
        asyncio.run(open_session(NAME))


def test_a_file_that_onnxruntime_cannot_run_is_named() -> None:
    entry = load_manifest(paths.MODELS).model(NAME)
    with pytest.raises(ProviderError, match=r"coco-ssd-lite\.onnx"):
        NativeSession(entry, b"not a model")


def test_a_provider_of_browsers_is_refused() -> None:
    with pytest.raises(NoProviderError, match="webgpu"):
        asyncio.run(open_session(NAME, "webgpu"))


# Streams


def test_a_stream_takes_frames_of_any_iterable() -> None:
    async def later() -> AsyncIterator[Path]:
        for path in SAMPLES[:2]:
            yield path

    async def run() -> None:
        async with await detector.load(look="once") as loaded:
            expected = [await loaded.detect(path) for path in SAMPLES[:2]]
            for source in (SAMPLES[:2], iter(SAMPLES[:2]), (path for path in SAMPLES[:2]), later()):
                results = [result async for result in loaded.stream(source, keep=True)]
                assert [result.detections for result in results] == expected
                assert [result.picture for result in results] == SAMPLES[:2]
            for source in (str(SAMPLES[0]), SAMPLES[0], 7, None, b"bytes"):
                with pytest.raises(InputError, match="no source of frames"):
                    loaded.stream(source)

    asyncio.run(run())


def test_what_only_a_page_has_says_so() -> None:
    with pytest.raises(UnsupportedError, match="iterable of frames"):
        asyncio.run(detector.open_camera(None))
    with pytest.raises(UnsupportedError, match=r"detector\.pillow\.render"):
        detector.draw_boxes(None, Result(1, 0.0, 1, 1, "cpu", {}, []))
    with pytest.raises(SettingError, match="facing"):
        asyncio.run(detector.open_camera(None, facing="up"))
