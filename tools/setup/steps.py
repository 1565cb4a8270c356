"""All of set-up, in order. Each step says what it needs, does it once, and knows when it has been done."""

from concurrent.futures import ThreadPoolExecutor

from tools.common import paths
from tools.model import build as model
from tools.runtime.snapshot import build as snapshot
from tools.serve import modules, precompressed
from tools.setup import icons, photos, pyodide_wheels, python_env, samples, vendoring


def ensure(*, tests: bool = False, best: bool = True) -> None:
    """Fetch and build all that the page has and, for the tests, what they need besides.

    best: in its smallest forms, which take half a minute; else in forms for a short line.
    """
    if tests:
        python_env.install(python_env.TEST, "Python packages for the tests")
        for packages in (python_env.EVALUATE, python_env.HTTPS, python_env.NATIVE):
            python_env.install(packages, f"of these, {packages.removesuffix('.txt')}'s")
    ensure_page(tests=tests)
    improve(best=best)
    if tests:
        photos.ensure()


def ensure_page(*, tests: bool = False) -> None:
    """What the page cannot work without."""
    modules.ensure(paths.ROOT)
    vendoring.ensure(tests=tests)
    samples.ensure()
    icons.ensure()
    model.ensure()
    snapshot.none_yet()


def improve(*, best: bool) -> None:
    """The studio's packages, and what the page starts faster with: one waits for Node.js, the other for brotli."""
    pyodide_wheels.ensure()
    with ThreadPoolExecutor(2) as pool:
        begun = [pool.submit(snapshot.ensure), pool.submit(precompressed.ensure, best=best, snapshots=False)]
        for one in begun:
            one.result()
    precompressed.ensure(best=best)


def improved() -> bool:
    """Is all of that there?"""
    return pyodide_wheels.fresh() and snapshot.fresh() and precompressed.fresh(best=False)


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
    if update:
        python_env.install(python_env.NATIVE, "Python packages for the network in CPython")
    samples.ensure()
    model.build(update=update)
