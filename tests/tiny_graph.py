"""A small SSD as a tfjs graph model, and TensorFlow's operations in plain numpy: what the converter is
tested with.

The network has all that the real one has (strided SAME convolutions, three ways to write batch norm, a
residual connection, shapes computed at run time, two heads on two levels) with few and random weights.
"""

import json

import numpy as np

CLASSES = 5  # columns of the class logits; the first is background


class TinyGraph:
    """Nodes and constants as they are added; files() gives what the converter reads."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        self.nodes: list[dict] = []
        self.constants: dict[str, np.ndarray] = {}

    def node(self, op: str, name: str, *inputs: str, **attributes: object) -> str:
        self.nodes.append({"name": name, "op": op, "input": list(inputs), "attr": attributes})
        return name

    def constant(self, name: str, value: object, dtype: str = "float32") -> str:
        if name not in self.constants:
            self.constants[name] = np.asarray(value, dtype)
            self.node("Const", name)
        return name

    def weights(self, name: str, *shape: int) -> str:
        return self.constant(name, self.random.normal(0, 0.5, shape))

    def convolution(self, op: str, name: str, source: str, kernel: tuple[int, ...], stride: int) -> str:
        attributes = {
            "strides": {"list": {"i": ["1", str(stride), str(stride), "1"]}},
            "padding": {"s": list(b"SAME")},
            "dilations": {"list": {"i": ["1", "1", "1", "1"]}},
            "data_format": {"s": "TkhXQw=="},  # NHWC in base64, the other way to write bytes
        }
        return self.node(op, name, source, self.weights(f"{name}/weights", *kernel), **attributes)

    def batch_norm(self, name: str, source: str, channels: int) -> str:
        variance = self.constant(f"{name}/variance", self.random.uniform(0.5, 2, channels))
        others = [self.weights(f"{name}/{part}", channels) for part in ("gamma", "beta", "mean")]
        attributes = {"epsilon": {"f": 0.001}, "is_training": {"b": False}}
        return self.node("FusedBatchNorm", name, source, *others, variance, **attributes)

    def rows(self, name: str, source: str, columns: list[int]) -> str:
        """A Reshape to [batch, -1, *columns], whose batch size is taken from the tensor's own shape."""
        zero, one = self.constant("zero", [0], "int32"), self.constant("one", [1], "int32")
        batch = self.node(
            "StridedSlice", f"{name}/batch", self.node("Shape", f"{name}/shape", source), zero, one, one,
            shrink_axis_mask={"i": "1"},
        )  # fmt: skip
        sizes = [self.constant(f"size{size}", size, "int32") for size in [-1, *columns]]
        shape = self.node(
            "Pack", f"{name}/stack", batch, *sizes, axis={"i": "0"}, N={"i": str(len(sizes) + 1)}
        )
        return self.node("Reshape", name, source, shape)

    def files(self) -> dict[str, bytes]:
        """model.json and two shards, cut in the middle of an array."""
        specs = [
            {"name": name, "shape": list(array.shape), "dtype": str(array.dtype)}
            for name, array in self.constants.items()
        ]
        data = b"".join(array.tobytes() for array in self.constants.values())
        group = {"paths": ["shard1", "shard2"], "weights": specs}
        model = {"modelTopology": {"node": self.nodes}, "weightsManifest": [group]}
        middle = len(data) // 2
        return {"model.json": json.dumps(model).encode(), "shard1": data[:middle], "shard2": data[middle:]}


def tiny_ssd(seed: int) -> TinyGraph:
    """From the node `pixels` (3 channels) to `encodings` [1, N, 4] and `logits` [1, N, CLASSES]."""
    graph = TinyGraph(seed)
    graph.node("Placeholder", "pixels")
    # Batch norm as a factor in the kernel and an Add: what TensorFlow's optimiser leaves of most
    # convolutions.
    first = graph.convolution("Conv2D", "first", "pixels", (3, 3, 3, 4), 2)
    first = graph.node(
        "Relu6", "first/relu", graph.node("Add", "first/add", first, graph.weights("first/b", 4))
    )
    # As Mul and Add: depthwise.
    deep = graph.convolution("DepthwiseConv2dNative", "deep", first, (3, 3, 4, 1), 1)
    deep = graph.node("Mul", "deep/mul", deep, graph.weights("deep/gamma", 4))
    deep = graph.node(
        "Relu6", "deep/relu", graph.node("Add", "deep/add", deep, graph.weights("deep/beta", 4))
    )
    # A residual, and a bias after it.
    project = graph.convolution("Conv2D", "project", deep, (1, 1, 4, 4), 1)
    total = graph.node("AddN", "sum", project, first, N={"i": "2"})
    level1 = graph.node("Add", "sum/add", graph.weights("sum/b", 4), total)
    # As FusedBatchNorm, with a stride.
    level2 = graph.convolution("DepthwiseConv2dNative", "down", level1, (3, 3, 4, 2), 2)
    level2 = graph.node("Relu6", "down/relu", graph.batch_norm("down/norm", level2, 8))
    levels = [(level1, 4, 3), (level2, 8, 2)]
    boxes, scores = [], []
    for number, (level, channels, per_cell) in enumerate(levels):
        for kind, columns, reshapes in (("box", [1, 4], boxes), ("class", [CLASSES], scores)):
            name, width = f"{kind}{number}", per_cell * columns[-1]
            head = graph.convolution("Conv2D", name, level, (1, 1, channels, width), 1)
            head = graph.node("BiasAdd", f"{name}/bias", head, graph.weights(f"{name}/b", width))
            reshapes.append(graph.rows(f"{name}/reshape", head, columns))
    axis = graph.constant("axis", 1, "int32")
    together = graph.node("ConcatV2", "boxes", *boxes, axis, N={"i": "2"})
    graph.node("Squeeze", "encodings", together, squeeze_dims={"list": {"i": ["2"]}})
    graph.node("ConcatV2", "logits", *scores, axis, N={"i": "2"})
    return graph


def evaluate(graph: TinyGraph, pixels: np.ndarray) -> dict[str, np.ndarray]:
    """Every node's value for pixels [1, height, width, 3], by TensorFlow's own definitions, in float64."""
    values: dict[str, np.ndarray] = {"pixels": pixels.astype(np.float64)}
    for node in graph.nodes:
        if node["op"] == "Const":
            values[node["name"]] = graph.constants[node["name"]].astype(np.float64)
        elif node["op"] != "Placeholder":
            values[node["name"]] = _evaluate(node, [values[name] for name in node["input"]])
    return values


def _evaluate(node: dict, inputs: list[np.ndarray]) -> np.ndarray:
    match node["op"]:
        case "Conv2D" | "DepthwiseConv2dNative" as op:
            stride = int(node["attr"]["strides"]["list"]["i"][1])
            return _convolve(inputs[0], inputs[1], stride, depthwise=op != "Conv2D")
        case "Add" | "AddN" | "BiasAdd":
            return inputs[0] + inputs[1]
        case "Mul":
            return inputs[0] * inputs[1]
        case "FusedBatchNorm":
            values, gamma, beta, mean, variance = inputs
            return gamma * (values - mean) / np.sqrt(variance + 0.001) + beta
        case "Relu6":
            return np.clip(inputs[0], 0, 6)
        case "Shape":
            return np.array(inputs[0].shape)
        case "StridedSlice":
            return inputs[0][0]
        case "Pack":
            return np.stack(inputs)
        case "Reshape":
            return inputs[0].reshape(inputs[1].astype(int))
        case "ConcatV2":
            return np.concatenate(inputs[:-1], axis=int(inputs[-1]))
        case "Squeeze":
            return inputs[0].squeeze(2)
    raise AssertionError(node)


def _convolve(source: np.ndarray, kernel: np.ndarray, stride: int, *, depthwise: bool) -> np.ndarray:
    """SAME: output pixel i reads from i * stride - before on, zeros outside; before is half of what is
    missing.
    """
    _, height, width, channels = source.shape
    size = kernel.shape[0]
    rows, columns = -(-height // stride), -(-width // stride)
    above = max((rows - 1) * stride + size - height, 0) // 2
    before = max((columns - 1) * stride + size - width, 0) // 2
    padded = np.zeros((height + 2 * size, width + 2 * size, channels))
    padded[size : size + height, size : size + width] = source[0]
    out = []
    for row in range(rows):
        for column in range(columns):
            top, left = row * stride - above + size, column * stride - before + size
            patch = padded[top : top + size, left : left + size]
            # With a multiplier, the outputs of one input channel lie side by side.
            out.append(
                np.einsum("yxc,yxcm->cm", patch, kernel).ravel()
                if depthwise
                else np.einsum("yxc,yxco->o", patch, kernel)
            )
    return np.array(out).reshape(1, rows, columns, -1)
