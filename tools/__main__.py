"""The command line: `python3 -m tools serve|test|setup|bundle|...`.

Until `.venv` exists this file and all that it imports use the standard library alone; every command then
continues under the Python of `.venv`. This file is written in old syntax on purpose, so that a Python that is
too old says so, instead of failing on a construct that it doesn't know.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 (the message is the point)
    sys.exit(
        f"Onlooker's tools need Python 3.11 or newer; {sys.executable} is {sys.version.split()[0]}. Install "
        "a newer one (Debian and Ubuntu: apt-get install python3 python3-venv; macOS: brew install python) "
        "and run the command with it, for example: python3.11 -m tools serve"
    )

from tools import commands

if __name__ == "__main__":
    sys.exit(commands.main(sys.argv[1:]))
