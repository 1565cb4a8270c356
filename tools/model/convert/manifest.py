"""`models/manifest.toml`: which files the converter makes, of what, and how they are recognised.

It is committed, and written only with `--update`; otherwise a conversion is compared with it.
detector/model.py says what the tables mean.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from pathlib import Path
from typing import Any

from detector.errors import ModelFormatError, ModelHashError, ModelNotFoundError

from .forms import Form
from .onnxgraph import Port

NAME = "manifest.toml"
HEADER = """\
# The models, and how their files are recognised. Written by `python3 -m tools convert --update`;
# detector/model.py reads it.
"""


def read_manifest(models_dir: Path) -> dict[str, Any]:
    """The manifest of a models folder. Raises ModelNotFoundError, ModelFormatError."""
    path = models_dir / NAME
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as problem:
        raise ModelNotFoundError(
            f"{path} is not there.", "Write it: python3 -m tools convert --update."
        ) from problem
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise ModelFormatError(f"{path} cannot be read: {problem}.") from problem


def sha256(content: bytes) -> str:
    """In hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def verify_files(files: dict[str, bytes], expected: dict[str, str]) -> None:
    """Raise ModelHashError, naming both hashes, for the first file whose sha256 is not the one expected."""
    for name in sorted({*files, *expected}):
        actual = sha256(files[name]) if name in files else "that of no file"
        if actual != expected.get(name):
            raise ModelHashError(expected.get(name, "in the manifest, where it is missing"), actual, name)


def model_entry(form: Form, content: bytes) -> dict[str, Any]:
    """One [[model]] table."""
    return {
        "name": form.name,
        "form": form.form,
        "weights": form.weights,
        "file": form.file,
        "bytes": len(content),
        "sha256": sha256(content),
        "input": _ports(form.inputs),
        "output": _ports(form.outputs),
    }


def _ports(ports: list[Port]) -> Any:
    """One table, or a list of them."""
    tables = [{"name": port.name, "dtype": port.dtype, "shape": list(port.shape)} for port in ports]
    return tables[0] if len(tables) == 1 else tables


def write_toml(manifest: dict[str, Any]) -> str:
    """TOML of a dictionary of tables and of lists of tables."""
    lines = [HEADER]
    for key, value in manifest.items():
        if isinstance(value, list):
            for entry in value:
                lines += _table(f"[[{key}]]", entry)
        else:
            inner = {name: item for name, item in value.items() if isinstance(item, dict)}
            lines += _table(f"[{key}]", {name: item for name, item in value.items() if name not in inner})
            for name, item in inner.items():
                lines += _table(f"[{key}.{name}]", item)
    return "\n".join(lines)


def _table(heading: str, table: dict[str, Any]) -> list[str]:
    lines = [heading]
    for name, item in table.items():
        if isinstance(item, list) and item and isinstance(item[0], dict):
            lines += [f"{_key(name)} = [", *(f"    {_value(part)}," for part in item), "]"]
        else:
            lines.append(f"{_key(name)} = {_value(item)}")
    return [*lines, ""]


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _value(name)


def _value(item: Any) -> str:
    if isinstance(item, dict):
        return "{ " + ", ".join(f"{_key(name)} = {_value(part)}" for name, part in item.items()) + " }"
    if isinstance(item, list):
        return "[" + ", ".join(_value(part) for part in item) + "]"
    if isinstance(item, str | int | float) and not isinstance(item, bool):
        # JSON's strings and numbers are TOML's too.
        return json.dumps(item, ensure_ascii=False)
    raise TypeError(f"{item!r} has no place in the manifest")
