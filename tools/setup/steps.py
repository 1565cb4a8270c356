"""All of set-up, in order. Each step says what it needs, does it once, and knows when it has been done."""

from tools.common import paths
from tools.model import build as model
from tools.runtime.snapshot import build as snapshot
from tools.serve import modules, precompressed
from tools.setup import icons, photos, pyodide_wheels, python_env, samples, vendoring


def ensure(*, tests: bool = False) -> None:
    """Fetch and build what the page needs and, for the tests, what they need besides."""
    if tests:
        python_env.install(python_env.TEST, "Python packages for the tests")
        python_env.install(python_env.EVALUATE, "Python packages for the evaluation")
    modules.ensure(paths.ROOT)
    vendoring.ensure(tests=tests)
    pyodide_wheels.ensure()
    samples.ensure()
    icons.ensure()
    model.ensure()
    snapshot.ensure()
    precompressed.ensure()
    if tests:
        photos.ensure()


def ensure_quick() -> None:
    """What the tests need that need no browser: some Python, MicroPython, and the models."""
    python_env.install(python_env.TEST, "Python packages for the tests")
    modules.ensure(paths.ROOT)
    vendoring.ensure()
    icons.ensure()
    models()


def models() -> None:
    """Build the models alone, unless they are there."""
    samples.ensure()
    model.ensure()


def convert(*, update: bool = False) -> None:
    """Build the model anew, whether or not it is there; with `update`, write its manifest too."""
    samples.ensure()
    model.build(update=update)
