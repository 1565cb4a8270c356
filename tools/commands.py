"""The commands. Each does all the set-up it needs first, and none that is done already."""

import sys
from collections.abc import Sequence

from detector.errors import DetectorError
from tools.common.progress import SetupError
from tools.setup import python_env

USAGE = """usage: python3 -m tools COMMAND

  setup            fetch and build all that the page needs
  serve            set up, then serve the page (PORT, default 8000; HOST, default 127.0.0.1, a room: 0.0.0.0;
                   HTTPS=1 with a certificate made here: a camera works on other machines only so)
  detect PHOTO...  name what is in photos, on the command line (detect --help)
  test [ARGS]      set up, then run every check; ARGS go to pytest (test -k select)
  check [ARGS]     what takes less than a minute of that: format, lint, types, and the tests that need
                   no browser and no page that is built
  bundle           set up, then write dist/onlooker-VERSION.zip: the page for any static host; what pip, npm
                   and pages of others take of it; and dist/onlooker.html, the page in one file that a
                   double click opens
                   (bundle --check compares it with its checksums)
  browsers         run the tests of the three engines, and write docs/browsers.md
  modules          write the lists of modules in pyscript.toml, studio.toml and web/studio.js (every set-up does)
  reference        write docs/api.md from the package's docstrings
  pictures         take the README's pictures anew, of the page as it is
  bench            set up, then measure the page beside tfjs' own (bench --quick, bench --report)
  soak             set up, then run the page for 5,000 inferences: nothing may grow (soak --quick)
  trim             find out anew which of onnxruntime-web's functions the models need
  update-runtime VERSION
                   take another version of onnxruntime-web, with what fits it of our changes (docs/updating.md)
  convert          build the model anew and compare it with models/manifest.toml
                   (convert --update writes that file)
  evaluate FOLDER [MODEL...]
                   how well models find what is in photographs with annotations in COCO's format
                   (--steps: how the tiny model is made, --looks: looking closer, --json FILE)
  evaluate-tracking
                   how well identities are kept, beside what others do (docs/tracking.md)
  calibrate        find out from photographs how coarse the tiny model's weights may be
                   (calibrate --step S: the smaller S, the larger the model)
"""

COMMANDS = (
    "setup",
    "serve",
    "detect",
    "test",
    "check",
    "bundle",
    "browsers",
    "modules",
    "reference",
    "pictures",
    "bench",
    "soak",
    "trim",
    "update-runtime",
    "convert",
    "evaluate",
    "evaluate-tracking",
    "calibrate",
    "improve",
)


def main(arguments: Sequence[str]) -> int:
    """Run one command; give its exit code. Expected failures print a paragraph, not a traceback."""
    if not arguments or arguments[0] not in COMMANDS:
        print(USAGE, file=sys.stderr)
        return 2
    name, *rest = arguments
    if rest[:1] == ["--"]:
        rest = rest[1:]
    try:
        if not python_env.active():
            python_env.ensure()
            python_env.continue_inside(arguments)
        python_env.ensure()
        return _run(name, rest)
    except (SetupError, DetectorError) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        return 130


def _run(name: str, rest: Sequence[str]) -> int:
    # Imported late: these may import what only .venv has.
    if name == "trim":
        from tools.runtime import trim

        return trim.run(rest)
    if name == "update-runtime":
        from tools.runtime import update

        return update.run(rest)
    if name == "convert":
        from tools.setup import steps as setup

        setup.convert(update="--update" in rest)
        return 0
    if name == "evaluate":
        from tools.model import evaluate

        return evaluate.run(rest)
    if name == "evaluate-tracking":
        from tools.measure import tracking

        return tracking.run(rest)
    if name == "calibrate":
        from tools.model import calibrate

        return calibrate.run(rest)
    if name == "modules":
        from tools.common import paths
        from tools.serve import modules

        modules.ensure(paths.ROOT)
        return 0
    if name == "test":
        from tools.check import checks

        return checks.run(rest)
    if name == "check":
        from tools.check import checks

        return checks.quick(rest)
    if name == "browsers":
        from tools.measure import engines_report

        return engines_report.run(rest)
    if name == "reference":
        from tools.release import reference

        return reference.run(rest)
    if name == "pictures":
        from tools.release import pictures

        return pictures.run(rest)
    if name == "bench":
        from tools.measure import bench

        return bench.run(rest)
    if name == "soak":
        from tools.measure import soak

        return soak.run(rest)
    from tools.setup import steps as setup

    if name == "serve":
        setup.ensure_page()
        from tools.serve import server as serve

        return serve.main(None if setup.improved() else serve.improving())
    if name == "improve":  # of `serve`, which goes on meanwhile
        setup.improve(best=False)
        return 0
    if name == "detect":
        setup.models()
        python_env.install(python_env.NATIVE, "Python packages for the network in CPython")
        from detector.native.command import main as detect

        return detect(rest)
    setup.ensure()
    if name == "bundle":
        from tools.release import bundle

        return bundle.run(rest)
    print("Ready: make serve")
    return 0
