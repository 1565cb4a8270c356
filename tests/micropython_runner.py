"""Runs on MicroPython, started by micropython_runner.mjs: imports the core, then runs each test.

What needs a page (detector/browser, main.py) is compiled, and not run.

One line of JSON each: {"name": ..., "failure": "" or a traceback}. The name is a module's, "detector.vision.boxes",
or a test's, "tests.core.vision.test_boxes::test_huge_boxes_give_no_nonsense".
"""

import io
import json
import os
import sys

sys.path.append("/")


def report(name: str, function: object) -> None:
    failure = ""
    try:
        function()
    except Exception as error:
        told = io.StringIO()
        sys.print_exception(error, told)
        failure = told.getvalue()
    print(json.dumps({"name": name, "failure": failure}))


def files_in(folder: str) -> list:
    """Paths of all Python files in a folder and in those below it, sorted."""
    found = []
    for name in os.listdir(folder):
        path = folder + "/" + name
        if os.stat(path)[0] & 0x4000:
            found.extend(files_in(path))
        elif name.endswith(".py"):
            found.append(path)
    return sorted(found)


def module_of(path: str) -> str:
    return path[1:-3].replace("/", ".").replace(".__init__", "")


def loaded(name: str) -> object:
    __import__(name)
    return sys.modules[name]


def compiled(path: str) -> None:
    with open(path) as file:
        compile(file.read(), path, "exec")


def is_page(path: str) -> bool:
    return path.startswith("/detector/browser/")


for path in files_in("/detector"):
    if not is_page(path):
        report(module_of(path), lambda: loaded(module_of(path)))  # noqa: B023 - called at once
for path in ["/main.py"] + [path for path in files_in("/detector") if is_page(path)]:
    report(path, lambda: compiled(path))  # noqa: B023 - called at once
for name in [module_of(path) for path in files_in("/tests/core") + files_in("/tests/micropython")]:
    if not name.rsplit(".", 1)[-1].startswith("test_") and not name.startswith("tests.micropython."):
        continue
    report(name, lambda: loaded(name))  # noqa: B023 - called at once
    for function in sorted(dir(sys.modules.get(name, object))):
        if function.startswith("test_"):
            report(name + "::" + function, getattr(sys.modules[name], function))
