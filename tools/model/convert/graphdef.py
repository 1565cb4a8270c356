"""Read a TensorFlow.js graph model: `model.json` (a TensorFlow GraphDef as JSON) and its weight shards.

The format in one breath: `modelTopology.node` is a list of nodes, each with a `name`, an `op`, the names of
its `input`s (`"node:1"` is the node's second output, `"^node"` only an ordering) and typed attributes;
`weightsManifest` says, group by group, which shard files, laid end to end, hold which arrays. A constant's
value is the array that carries the node's name.
"""

from __future__ import annotations

import base64
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from detector.errors import ModelFormatError, ModelNotFoundError

DTYPES = {"float32": np.dtype("<f4"), "int32": np.dtype("<i4")}


@dataclass(frozen=True)
class Node:
    """One node of the GraphDef. `inputs` are node names without the output index; `attributes` is the JSON
    as it came.
    """

    name: str
    op: str
    inputs: tuple[str, ...]
    attributes: dict[str, Any]

    def integers(self, key: str, default: tuple[int, ...] = ()) -> tuple[int, ...]:
        """A list-of-integers attribute, such as `strides`. JSON holds 64-bit integers as strings."""
        if key not in self.attributes:
            return default
        return tuple(int(value) for value in self.attributes[key]["list"]["i"])

    def number(self, key: str, default: float) -> float:
        """A scalar attribute: an integer, a float or a truth value."""
        attribute = self.attributes.get(key, {})
        for kind in ("i", "f", "b"):
            if kind in attribute:
                return float(attribute[kind])
        return default

    def text(self, key: str, default: str) -> str:
        """A bytes attribute, such as `padding`: written as base64, or as a list of byte values, by
        different exporters.
        """
        if key not in self.attributes:
            return default
        raw = self.attributes[key]["s"]
        return (bytes(raw) if isinstance(raw, list) else base64.b64decode(raw)).decode("ascii")


@dataclass(frozen=True)
class GraphDef:
    """The nodes by name, and the constants' arrays by node name."""

    nodes: dict[str, Node]
    constants: dict[str, np.ndarray]

    def node(self, name: str) -> Node:
        """The node of that name; ModelFormatError where the graph has none."""
        if name not in self.nodes:
            raise ModelFormatError(f"The graph has no node {name!r}.")
        return self.nodes[name]

    def constant(self, name: str) -> np.ndarray:
        """The array of a Const node; ModelFormatError where there is none."""
        if name not in self.constants:
            raise ModelFormatError(f"The graph has no constant {name!r}.")
        return self.constants[name]

    def ordered(self, outputs: tuple[str, ...], stop: str) -> list[Node]:
        """The nodes that `outputs` depend on, each after its inputs, without looking beyond the node
        `stop`.

        The order follows from the graph alone, so that two conversions write the same file.
        """
        done: dict[str, Node] = {}
        pending = [(name, False) for name in reversed(outputs)]
        while pending:
            name, inputs_are_done = pending.pop()
            if name in done:
                continue
            node = self.node(name)
            if inputs_are_done or name == stop:
                done[name] = node
            else:
                pending.append((name, True))
                pending.extend((source, False) for source in reversed(node.inputs))
        return list(done.values())


def read_files(folder: Path) -> dict[str, bytes]:
    """`model.json` and the shards it names, by name. Raises ModelNotFoundError, ModelFormatError."""
    files = {"model.json": _read(folder / "model.json")}
    for group in _groups(_parse(files["model.json"])):
        for name in group["paths"]:
            files[name] = _read(folder / name)
    return files


def parse_graphdef(files: dict[str, bytes]) -> GraphDef:
    """The graph in the files that read_files() gives. Raises ModelFormatError where the content is not as
    it should.
    """
    model = _parse(files["model.json"])
    constants = {}
    for group in _groups(model):
        shards = b"".join(files[name] for name in group["paths"])
        constants.update(_arrays(group["weights"], shards))
    nodes = [_node(raw) for raw in model["modelTopology"]["node"]]
    return GraphDef({node.name: node for node in nodes}, constants)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as problem:
        raise ModelNotFoundError(
            f"The source model has no file {path.name} in {path.parent}.",
            "Run set-up again: it fetches the source.",
        ) from problem


def _parse(content: bytes) -> dict[str, Any]:
    try:
        model: dict[str, Any] = json.loads(content)
    except ValueError as problem:
        raise ModelFormatError(f"model.json is not JSON: {problem}.") from problem
    if not isinstance(model, dict) or not {"modelTopology", "weightsManifest"} <= model.keys():
        raise ModelFormatError(
            "model.json is not a tfjs graph model: it has no modelTopology or no weightsManifest."
        )
    return model


def _groups(model: dict[str, Any]) -> list[dict[str, Any]]:
    groups: list[dict[str, Any]] = model["weightsManifest"]
    return groups


def _node(raw: dict[str, Any]) -> Node:
    inputs = tuple(name.lstrip("^").split(":")[0] for name in raw.get("input", []))
    return Node(raw["name"], raw["op"], inputs, raw.get("attr", {}))


def _arrays(specs: list[dict[str, Any]], data: bytes) -> dict[str, np.ndarray]:
    """Cut `data` into the arrays that `specs` describe, one after another, with nothing left over."""
    arrays = {}
    offset = 0
    for spec in specs:
        if spec["dtype"] not in DTYPES or "quantization" in spec:
            raise ModelFormatError(
                f"Weight {spec['name']!r} is stored as {spec['dtype']!r}, which is not read here."
            )
        dtype, count = DTYPES[spec["dtype"]], math.prod(spec["shape"])
        end = offset + count * dtype.itemsize
        if end > len(data):
            raise ModelFormatError(f"The shards end at byte {len(data)}, inside weight {spec['name']!r}.")
        arrays[spec["name"]] = np.frombuffer(data[offset:end], dtype).reshape(spec["shape"])
        offset = end
    if offset != len(data):
        raise ModelFormatError(f"The shards hold {len(data) - offset} bytes that no weight claims.")
    return arrays
