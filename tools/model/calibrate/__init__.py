"""`python3 -m tools calibrate`: how coarse the weights of the model's tiny form may be, from photographs.

    pictures.py      which photographs
    backward.py      the network's gradient, as a graph
    statistics.py    sensitivities and means, over the photographs
    text.py          what comes of them: models/coco-ssd-tiny.toml

A conversion reads that file and needs none of this: what is here may differ in the last digit from machine to
machine, what a conversion makes may not. After it: `python3 -m tools convert --update`, and `evaluate`.
"""

from collections.abc import Sequence

from tools.common import files, paths, progress
from tools.model import build as model
from tools.setup import python_env


def run(arguments: Sequence[str]) -> int:
    """The command. `--step S` sets the network's step: smaller is larger and nearer to float32."""
    python_env.install(python_env.NATIVE, "Python packages for the network in CPython")
    from detector.labels import COCO_LABELS
    from tools.model.convert.coarse import NAME
    from tools.model.convert.forms import network_graph
    from tools.model.convert.graphdef import parse_graphdef, read_files
    from tools.model.convert.onnxgraph import Port

    from .pictures import pictures
    from .statistics import collect
    from .text import STEP, write

    step = step_of(arguments, STEP)
    source = parse_graphdef(read_files(model.fetch_source()))
    network, *rows = network_graph(source, tuple(class_id for class_id, _ in COCO_LABELS))
    heads = [Port(row.name, "float32", row.tf_shape) for row in rows]
    with progress.step("sensitivities of all weights") as running:
        sums = collect(network, heads, pictures())
        made = files.write(paths.MODELS / NAME, write(step, sums).encode())
        running.add(made)
    print("Next: python3 -m tools convert --update")
    return 0


def step_of(arguments: Sequence[str], usual: float) -> float:
    """The network's step, as the command line has it. Raises SetupError for anything else."""
    try:
        if arguments:
            option, number = arguments
            usual = float(number)
            if option != "--step" or not 0 < usual < 1:
                raise ValueError(arguments)
    except ValueError as error:
        raise progress.SetupError("calibrate takes nothing, or --step and a number such as 0.006.") from error
    return usual
