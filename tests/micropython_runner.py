"""Runs on MicroPython, started by micropython_runner.mjs: imports the core, then runs each test.

What needs a page (detector/browser, main.py) is compiled, and not run.

One line of JSON each: {"name": ..., "failure": "" or a traceback}. The name is a module's, "detector.select", or
a test's, "tests.core.test_boxes::test_huge_boxes_give_no_nonsense".
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


def modules_in(folder: str, start: str = "") -> list:
    names = [
        name[:-3] for name in os.listdir("/" + folder) if name.endswith(".py") and name.startswith(start)
    ]
    return [
        folder.replace("/", ".") + "." + name
        for name in sorted(names)
        if name not in ("__init__", "__main__")
    ]


def loaded(name: str) -> object:
    __import__(name)
    return sys.modules[name]


def compiled(path: str) -> None:
    with open(path) as file:
        compile(file.read(), path, "exec")


report("detector", lambda: loaded("detector"))
for name in modules_in("detector"):
    report(name, lambda: loaded(name))  # noqa: B023 - called at once
for name in ["/main.py"] + ["/detector/browser/" + name for name in sorted(os.listdir("/detector/browser"))]:
    report(name, lambda: compiled(name))  # noqa: B023 - called at once
for name in modules_in("tests/core", "test_") + modules_in("tests/micropython"):
    report(name, lambda: loaded(name))  # noqa: B023 - called at once
    for function in sorted(dir(sys.modules.get(name, object))):
        if function.startswith("test_"):
            report(name + "::" + function, getattr(sys.modules[name], function))
