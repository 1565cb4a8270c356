"""load(): the package's front door, in CPython, with the real network."""

import asyncio
from pathlib import Path

import pytest
from PIL import Image

from detector import Box, Detection, Detector, load
from detector.errors import ClosedError, ModelNotFoundError, NoProviderError, SettingError

PICTURE = Path(__file__).parents[1] / "models" / "check.jpg"


def test_load_detect_close() -> None:
    async def play() -> None:
        detector = await load()
        assert isinstance(detector, Detector)
        assert detector.provider == "cpu"
        (found,) = await detector.detect(PICTURE)
        assert isinstance(found, Detection)
        assert isinstance(found.box, Box)
        assert found.label == "cup"
        with Image.open(PICTURE) as picture:
            assert await detector.detect(picture) == [found]
        detector.close()
        with pytest.raises(ClosedError):
            await detector.detect(PICTURE)

    asyncio.run(play())


def test_settings_count() -> None:
    async def play() -> None:
        async with await load(threshold=0.99, max=3, classes="cup,-dog") as detector:
            assert (detector.settings.threshold, detector.settings.max) == (0.99, 3)
            assert await detector.detect(PICTURE) == []

    asyncio.run(play())


def test_what_cannot_be_had_is_refused() -> None:
    for error, wanted in (
        (SettingError, {"threshold": 2}),
        (SettingError, {"colour": "red"}),
        (ModelNotFoundError, {"model": "dragon"}),
        (NoProviderError, {"provider": "webgpu"}),
    ):
        with pytest.raises(error):
            asyncio.run(load(**wanted))  # type: ignore[arg-type]
