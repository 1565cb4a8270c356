"""The licence texts of everything in the bundle, from where each work keeps its own.

`licences/NAME.txt` for each of `WORKS`, with the works inside it, and `licences/README.txt`, which says what is whose.
Texts that a package forgot to bring are standard ones, kept in texts/, under their holder's line.
"""

import importlib.util
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.common import paths
from tools.common.progress import SetupError
from tools.setup import vendoring

TEXTS = Path(__file__).parent / "texts"


@dataclass(frozen=True)
class Work:
    """Something by others in the bundle: where it is there, its licence's SPDX name, and where its source is."""

    name: str
    licence: str
    where: tuple[str, ...]  # the beginnings of its files' names
    source: str

    @property
    def file(self) -> str:
        """The file with its texts."""
        return f"licences/{self.name.lower().replace(' ', '-')}.txt"


WORKS = [
    Work("PyScript", "Apache-2.0", ("vendor/pyscript/",), "https://github.com/pyscript/pyscript"),
    Work("MicroPython", "MIT", ("vendor/micropython/",), "https://github.com/micropython/micropython"),
    Work("onnxruntime-web", "MIT", ("vendor/ort/",), "https://github.com/microsoft/onnxruntime"),
    Work(
        "Pyodide",
        "MPL-2.0",
        ("vendor/pyodide/pyodide",),
        "https://github.com/pyodide/pyodide/releases/tag/{pyodide}, unchanged but for its lock file",
    ),
    Work(
        "CPython",
        "PSF-2.0",
        ("vendor/pyodide/python_stdlib", "vendor/pyodide/pyodide"),
        "https://github.com/python/cpython",
    ),
    Work("numpy", "BSD-3-Clause", ("vendor/pyodide/numpy-",), "https://github.com/numpy/numpy"),
    Work("Pillow", "MIT-CMU", ("vendor/pyodide/pillow-",), "https://github.com/python-pillow/Pillow"),
    Work("micropip", "MPL-2.0", ("vendor/pyodide/micropip-",), "https://github.com/pyodide/micropip"),
    Work(
        "packaging",
        "Apache-2.0 OR BSD-2-Clause",
        ("vendor/pyodide/packaging-",),
        "https://github.com/pypa/packaging",
    ),
    Work("noble-hashes", "MIT", ("vendor/noble-hashes/",), "https://github.com/paulmillr/noble-hashes"),
    Work("COCO-SSD", "Apache-2.0", ("models/",), "https://github.com/tensorflow/models"),
    Work("Sample pictures", "CC0-1.0", ("vendor/samples/", "models/check"), "https://scikit-image.org"),
    Work(
        "Emscripten",
        "MIT",
        ("vendor/micropython/", "vendor/ort/", "vendor/pyodide/pyodide"),
        "https://github.com/emscripten-core/emscripten",
    ),
]
OWN = (
    "detector.json",
    "sw.js",
    "index.html",
    "main.py",
    "pyscript.toml",
    "studio.toml",
    "detector/",
    "examples/",
    "packages/",
    "web/",
    "vendor/icons/",
)

# npm packages that name a licence and bring no text of it, nor a year.
ONNXRUNTIME = ("onnxruntime-web", "onnxruntime-common")
HOLDERS = {
    "@ungap/with-resolvers": "Copyright (c) Andrea Giammarchi",
    "@webreflection/utils": "Copyright (c) Andrea Giammarchi",
    "codedent": "Copyright (c) Andrea Giammarchi",
    "guid-typescript": "Copyright (c) Nicolas (https://github.com/NicolasDeveloper/guid-typescript)",
    "to-json-callback": "Copyright (c) Andrea Giammarchi",
}


# Works that come as WebAssembly alone, and libraries inside: name, licence, holder.
COMPILED_IN = {
    "MicroPython": [
        ("MicroPython", "MIT", "Copyright (c) 2013-2025 Damien P. George"),
        ("re1.5", "BSD-3-Clause", "Copyright 2007-2009 Russ Cox\nCopyright 2014-2020 Paul Sokolovsky"),
        ("uzlib", "Zlib", "Copyright (c) 2003 by Joergen Ibsen / Jibz\nCopyright (c) 2014-2018 by Paul Sokolovsky"),
    ],
    "CPython": [
        ("Expat", "MIT", "Copyright (c) 1998-2000 Thai Open Source Software Center Ltd and Clark Cooper\n"
         "Copyright (c) 2001-2025 Expat maintainers"),
        ("bzip2", "bzip2-1.0.6", "Copyright (C) 1996-2019 Julian R Seward. All rights reserved."),
        ("libffi", "MIT", "Copyright (c) 1996-2024 Anthony Green, Red Hat, Inc and others."),
        ("libmpdec", "BSD-2-Clause", "Copyright (c) 2008-2024 Stefan Krah. All rights reserved."),
        ("zlib", "Zlib", "Copyright (C) 1995-2024 Jean-loup Gailly and Mark Adler"),
    ],
    "Emscripten": [
        ("Emscripten", "MIT", "Copyright (c) 2010-2014 Emscripten authors, see AUTHORS file."),
        ("musl libc", "MIT", "Copyright (c) 2005-2020 Rich Felker, et al."),
        ("libc++, libc++abi and compiler-rt", "Apache-2.0 WITH LLVM-exception", "Copyright the LLVM contributors"),
    ],
}  # fmt: skip


def texts() -> dict[str, bytes]:
    """All of licences/, by name. Raises `SetupError` where a text is not where it should be."""
    apache = (paths.ROOT / "LICENSE").read_text("utf-8")
    found = {
        "PyScript": join(npm_texts("@pyscript/core")),
        "MicroPython": join(compiled_in("MicroPython")),
        "onnxruntime-web": join(onnxruntime()),
        "Pyodide": standard("MPL-2.0"),
        "CPython": standard("PSF-2.0") + "\n" + join(compiled_in("CPython")),
        "numpy": join(wheel_texts("numpy")),
        "Pillow": join(wheel_texts("pillow")),
        "micropip": join(wheel_texts("micropip")),
        "packaging": join(wheel_texts("packaging")),
        "noble-hashes": join(npm_texts("@noble/hashes")),
        "COCO-SSD": f"Copyright The TensorFlow Authors. Converted to ONNX for Onlooker: see NOTICE.\n\n{apache}",
        "Sample pictures": samples(),
        "Emscripten": join(compiled_in("Emscripten")),
    }
    return {
        "licences/README.txt": index().encode(),
        **{work.file: found[work.name].encode() for work in WORKS},
    }


def index() -> str:
    """What is whose, in words and lines."""
    about = json.loads((paths.NODE_MODULES / "pyodide/package.json").read_text("utf-8"))
    lines = [
        "Onlooker itself is under the Apache License 2.0: ../LICENSE and ../NOTICE. It contains these works of others.",
        "",
    ]
    for work in WORKS:
        lines += [
            f"{work.name} ({work.licence})",
            f"  in      {', '.join(f'{beginning}*' for beginning in work.where)}",
            f"  text    {Path(work.file).name}",
            f"  source  {work.source.format(pyodide=about['version'])}",
            "",
        ]
    return "\n".join(lines)


def join(sections: Iterator[tuple[str, str]]) -> str:
    """Texts under the names of their works."""
    rule = "=" * 80
    return "\n".join(f"{rule}\n{name}\n{rule}\n\n{text.strip()}\n" for name, text in sections)


def read(path: Path) -> str:
    """A text that has to be there."""
    try:
        return path.read_text("utf-8")
    except FileNotFoundError as error:
        raise SetupError(
            f"The licence text {path} is not there, and without it nothing may be given to others. Delete node_modules "
            "and .venv, and run the same command again."
        ) from error


def npm_texts(package: str) -> Iterator[tuple[str, str]]:
    """Name and licence of an npm package and of all that it is built from."""
    waiting, seen = [paths.NODE_MODULES / package], set[str]()
    while waiting:
        folder = waiting.pop(0)
        about = json.loads(read(folder / "package.json"))
        name, licence = about["name"], about["license"]
        title = f"{name} {about['version']} ({licence})"
        if title in seen or name.startswith("@types/"):
            continue
        seen.add(title)
        waiting += [_dependency(folder, wanted) for wanted in sorted(about.get("dependencies", {}))]
        if name in ONNXRUNTIME:
            continue  # onnxruntime() has its text
        brought = [read(path) for path in vendoring.licences(folder)]
        if not brought and name in HOLDERS:
            brought = [HOLDERS[name], standard(licence)]
        if not brought:
            raise SetupError(
                f"The npm package {name} brings no licence text: tools/release/bundle/licences.py has to name its."
            )
        yield title, "\n\n".join(brought)


def _dependency(folder: Path, name: str) -> Path:
    """Where Node.js would find a package for the one in `folder`."""
    while folder != paths.NODE_MODULES:
        if (folder / "node_modules" / name).is_dir():
            return folder / "node_modules" / name
        folder = folder.parent
    return folder / name


def standard(licence: str) -> str:
    """A licence's text, to stand under a holder's line."""
    return read(TEXTS / f"{licence}.txt")


def compiled_in(work: str) -> Iterator[tuple[str, str]]:
    """Terms of what was compiled into a work's WebAssembly, from `COMPILED_IN`."""
    for name, licence, holder in COMPILED_IN[work]:
        yield f"{name} ({licence})", f"{holder}\n\n{standard(licence.split(' WITH ')[-1])}"


def onnxruntime() -> Iterator[tuple[str, str]]:
    """onnxruntime's terms and its notices, out of the same project's Python package, and those of the npm packages."""
    spec = importlib.util.find_spec("onnxruntime")
    if spec is None or spec.origin is None:
        raise SetupError("onnxruntime is not in .venv. Delete .venv, and run the same command again.")
    package = Path(spec.origin).parent
    yield "onnxruntime-web (MIT)", read(package / "LICENSE")
    yield from npm_texts("onnxruntime-web")
    yield "onnxruntime: third-party notices", read(package / "ThirdPartyNotices.txt")


def wheel_texts(package: str) -> Iterator[tuple[str, str]]:
    """The licences inside a wheel of Pyodide's."""
    (wheel,) = (paths.VENDOR / "pyodide").glob(f"{package}-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        members = [name for name in archive.namelist() if Path(name).name.startswith("LICEN")]
        if not members:
            raise SetupError(
                f"{wheel.name} holds no licence text: tools/release/bundle/licences.py has to name its."
            )
        for member in sorted(members, key=lambda name: (".dist-info/" not in name, name)):
            yield f"{wheel.name}: {member}", archive.read(member).decode("utf-8")


def samples() -> str:
    """Whose the sample pictures are."""
    listing = json.loads(read(paths.SAMPLES / "samples.json"))
    lines = [
        f"{entry['file']}: {entry['title']}, by {entry['credit']}. {entry['licence']}." for entry in listing
    ]
    lines += [
        "",
        "From scikit-image's data folder, scaled down. models/check.jpg is coffee.jpg in another size.",
        "CC0: https://creativecommons.org/publicdomain/zero/1.0/legalcode",
    ]
    return "\n".join(lines) + "\n"
