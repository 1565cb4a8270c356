"""All of set-up, in order. Each step says what it needs, does it once, and knows when it has been done."""

from tools import compression, icons, model, photos, pyodide_wheels, python_env, samples, vendoring
from tools.snapshot import build as snapshot


def ensure(*, tests: bool = False) -> None:
    """Fetch and build what the page needs and, for the tests, what they need besides."""
    if tests:
        python_env.install(python_env.TEST, "Python packages for the tests")
        python_env.install(python_env.EVALUATE, "Python packages for the evaluation")
    vendoring.ensure(tests=tests)
    pyodide_wheels.ensure()
    samples.ensure()
    icons.ensure()
    model.ensure()
    snapshot.ensure()
    compression.ensure()
    if tests:
        photos.ensure()


def models() -> None:
    """Build the models alone, unless they are there."""
    samples.ensure()
    model.ensure()


def convert(*, update: bool = False) -> None:
    """Build the model anew, whether or not it is there; with `update`, write its manifest too."""
    samples.ensure()
    model.build(update=update)
