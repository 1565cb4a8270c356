"""The photographs that the small form is calibrated with: those of the tests, and twelve more of one package.

None of them is in COCO, so what is evaluated on COCO's photographs was not fitted to them.
"""

from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from detector.native.frames import rgba
from tools.common import paths
from tools.setup import photos
from tools.setup.photos import FOOLBOX, Photo

MORE = {
    "imagenet_03_990": "c7f0b2f1e9ee39d8f900759e8983afa2e4a2d7de090060e8bb947f6e90cace5f",
    "imagenet_04_949": "a7f62f3c1d214de4718c7253871ab38209283249e131faf65b8f2b7fdc970669",
    "imagenet_05_853": "8a449436c61da867528b1f4efaf8ae832ab9c9201705eae0d3af1353fbdac131",
    "imagenet_08_915": "c6a3411a3987799f0de45adc142f00ca412c3e14073c635e2adfae1f3913180c",
    "imagenet_09_455": "ace3716b60ac5843269b270e17020e4f8138440cd30ef3487f7d6e54da9745a4",
    "imagenet_11_630": "892dff58fc528fe63d2df0c783aa3eca2342637798578ce01763fbc0553eda01",
    "imagenet_12_741": "6c256e17545b25bbf2e06cf6513ff48d049583569515ac4d4c3a52aea804a529",
    "imagenet_13_471": "52ed0e738b90d27afcabc3e92c81ae637f160c2d9f75b93a65211005ab5dcd81",
    "imagenet_14_129": "ad9371d813bf24b0365ee2f78f28c08718ee7c5975f060caa16c3f264e828139",
    "imagenet_16_251": "ce3440a3b7beb6ca3009817504c44d39fa789e7c2f70a2eef7e2f9cc9a87b129",
    "imagenet_18_317": "b9412f92f0b1c3faede45b55a44940977daa744f2040118d0538cf597fca785d",
    "imagenet_19_305": "e1f58f00e2e47ce930d7ecab0e46a78316054f68c10d0742e87c1cc092324556",
}
# Parts of each photograph, beside the whole: their size as a share of the sides, where their corner is, as a
# share of what is left, and whether they are mirrored. Things then stand at other places, in other sizes.
PARTS = [
    (1.0, 0.0, 0.0, False),
    (0.75, 0.25, 0.3, True),
    (0.6, 0.75, 0.7, False),
    (0.75, 0.75, 0.3, True),
]
SIDE = 300


def pictures() -> np.ndarray:
    """uint8 [N, 300, 300, 4]: all parts of all photographs, fetched where they are missing."""
    more = [
        Photo(name, FOOLBOX, f"foolbox/data/{name}.jpg", sha256, "MIT (package)", "")
        for name, sha256 in MORE.items()
    ]
    files = photos.fetch(photos.PHOTOS, paths.PHOTOS) + photos.fetch(more, paths.CACHE / "calibration")
    return np.concatenate([rgba(part, SIDE) for file in files for part in parts(file)])


def parts(file: Path) -> list[Image.Image]:
    """The parts of one photograph."""
    with Image.open(file) as opened:
        photo = opened.convert("RGB")
    cut = []
    for size, across, down, mirrored in PARTS:
        width, height = photo.width * size, photo.height * size
        left, top = (photo.width - width) * across, (photo.height - height) * down
        part = photo.crop((int(left), int(top), int(left + width), int(top + height)))
        cut.append(ImageOps.mirror(part) if mirrored else part)
    return cut
