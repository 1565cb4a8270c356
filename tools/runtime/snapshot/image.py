"""The file of a snapshot: the memory of a network that is open, without what no run reads and without its kernels.

A file begins with the length of its head (four bytes, the lowest first); then comes the head, JSON in UTF-8, then
bytes of memory, range by range. The head:

    pages                 of memory, of 64 KB each
    blocks                [address, length] of each range
    kernels               {address, rows, columns, planes: [[bytes, scales], ...]}, offsets in the model's file
    globals               name -> value
    names                 tools/runtime/snapshot/names.py
    main, threads         [import, argument, ...]: what is called for the main thread, and to start the others
    session               the network's address
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tools.runtime.snapshot import marking
from tools.runtime.snapshot.names import Names

PAGE = 2**16  # bytes, of WebAssembly
LINE = 64  # bytes; a line of zeros is left out, and so is what is as long between two ranges
BLOCK = 2**marking.SHIFT  # bytes
STACK_END = "g7"  # the global with the lowest address of the main thread's stack
MOSTLY = 0.6
MOST_KEPT = 3_000_000  # bytes: more would be a kernel that was not found


class KernelError(Exception):
    """A kernel is not in memory as it should be."""


@dataclass(frozen=True)
class Kernel:
    """One kernel of a model's file: `rows` x `columns` floats, the sum of one or two planes of bytes, scaled by row."""

    rows: int
    columns: int
    planes: tuple[tuple[int, int], ...]  # where the file has the bytes and the scales of each
    values: npt.NDArray[np.float32]


def kernels(model: bytes) -> list[Kernel]:
    """All kernels that onnxruntime makes of planes (tools/model/convert/forms.py). Raises KernelError."""
    import onnx

    graph = onnx.load_from_string(model).graph
    stored = {one.name: one for one in graph.initializer}
    scaled = {
        node.output[0]: [stored[name] for name in node.input]
        for node in graph.node
        if node.op_type == "DequantizeLinear" and all(name in stored for name in node.input)
    }
    summed = {node.output[0]: node.input for node in graph.node if node.op_type == "Add"}
    found = []
    for node in graph.node:
        if node.op_type != "Conv":
            continue
        try:
            planes = [scaled[name] for name in summed.get(node.input[1], node.input[1:2])]
        except KeyError as error:
            raise KernelError(f"{node.input[1]} is no plane of bytes, and no sum of such") from error
        rows, *rest = planes[0][0].dims
        values = np.zeros((rows, int(np.prod(rest))), np.float32)
        for bytes_, scales in planes:
            plane = np.frombuffer(bytes_.raw_data, np.int8).astype(np.float32).reshape(values.shape)
            values += plane * np.frombuffer(scales.raw_data, np.float32)[:, np.newaxis]
        places = tuple((model.index(one.raw_data), model.index(other.raw_data)) for one, other in planes)
        found.append(Kernel(rows, values.shape[1], places, values))
    return found


def located(memory: bytes, all_kernels: Sequence[Kernel]) -> list[int]:
    """The address of each kernel, Raises KernelError."""
    addresses = []
    for kernel in all_kernels:
        text = kernel.values.tobytes()
        address = memory.find(text)
        if address < 0 or address % 4:
            raise KernelError(f"a kernel of {kernel.rows} x {kernel.columns} is not in memory")
        addresses.append(address)
    return addresses


def no_text(memory: bytes, state: dict[str, Any]) -> npt.NDArray[np.bool_]:
    """Whether each block is of the program's own data, but for its texts, which fill whole blocks.

    Read is little of it in one run, yet what a virtual method or a lookup in a table needs must not be missing.
    """
    blocks = np.frombuffer(memory, np.uint8).reshape(-1, BLOCK)
    text: npt.NDArray[np.bool_] = ((blocks >= 0x20) & (blocks < 0x7F)).mean(axis=1) > MOSTLY
    # Below the main thread's stack is what the program began with.
    own: npt.NDArray[np.bool_] = np.arange(len(blocks)) * BLOCK < state["globals"][STACK_END]
    return own & ~text


def write(
    memory: bytes,
    state: dict[str, Any],
    names: Names,
    all_kernels: Sequence[Kernel] = (),
    read: npt.NDArray[np.bool_] | None = None,
    pages: int = 0,
) -> bytes:
    """A snapshot's file. read: for each block of memory, all of one size, whether it is needed; None: all are.

    pages: of memory to go on with, if it should be more than there is. Raises KernelError.
    """
    content = np.frombuffer(memory, np.uint8).copy()
    addresses = located(memory, all_kernels)
    for address, kernel in zip(addresses, all_kernels, strict=True):
        content[address : address + kernel.values.nbytes] = 0
    if read is not None:
        needed = np.repeat(read, len(content) // len(read))
        content[~needed] = 0
    full: npt.NDArray[np.bool_] = content.reshape(-1, LINE).max(axis=1) > 0
    full[1:-1] |= full[:-2] & full[2:]
    edges = np.flatnonzero(np.diff(full.astype(np.int8), prepend=0, append=0))
    blocks = [(int(first) * LINE, int(last - first) * LINE) for first, last in edges.reshape(-1, 2)]
    kept = b"".join(content[address : address + length].tobytes() for address, length in blocks)
    if all_kernels and len(kept) > MOST_KEPT:
        raise KernelError(f"{len(kept)} bytes of memory are left")
    head = {
        "pages": max(pages, len(memory) // PAGE),
        "blocks": blocks,
        "kernels": [
            {"address": address, "rows": one.rows, "columns": one.columns, "planes": one.planes}
            for address, one in zip(addresses, all_kernels, strict=True)
        ],
        "names": asdict(names),
        **state,
    }
    text = json.dumps(head, separators=(",", ":")).encode()
    return len(text).to_bytes(4, "little") + text + kept
