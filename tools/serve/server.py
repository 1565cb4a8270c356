"""`make serve`: the local server (tools/serve/onlooker) of this copy, with settings from the environment.

server = make_server(port=0)                        # a free port
threading.Thread(target=server.serve_forever).start()
print(server.address)                               # http://127.0.0.1:49152/
"""

import os
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from tools.common import paths
from tools.common.progress import SetupError
from tools.serve import generated
from tools.serve.checkout import Checkout
from tools.serve.onlooker.command import Serving, serve
from tools.serve.onlooker.server import HEADERS, Server
from tools.setup import python_env

CERTIFICATE = paths.CACHE / "tls" / "onlooker.pem"


def make_server(
    host: str = "127.0.0.1",
    port: int = 8000,
    extra: Mapping[str, Path] | None = None,
    root: Path = paths.ROOT,
    headers: Mapping[str, str] = HEADERS,
    tls: ssl.SSLContext | None = None,
    embedders: tuple[str, ...] = (),
) -> Server:
    """A server of a copy of the project, with more folders (`extra`) under prefixes of their own."""
    return Server(host, port, Checkout(root, extra or {}), headers, tls, embedders)


def main(meanwhile: AbstractContextManager[object] | None = None) -> int:
    """Serve until Ctrl-C, at HOST and PORT of the environment; by https if HTTPS is set."""
    https = wants_https(os.environ.get("HTTPS", ""))
    if https:
        python_env.install(python_env.HTTPS, "Python packages for https")
    chosen = Serving(
        host=os.environ.get("HOST") or "127.0.0.1",
        port=os.environ.get("PORT") or "8000",
        https=https,
        allow_embed=os.environ.get("ALLOW_EMBED", ""),
        certificate=CERTIFICATE,
        spelled=as_make,
    )
    # Half a second of work, which the first visitor need not wait for.
    threading.Thread(target=generated.make, args=("detector.json", paths.ROOT), daemon=True).start()
    return serve(Checkout(paths.ROOT, {}), chosen, meanwhile)


def as_make(**settings: str) -> str:
    """How `make` is asked for settings."""
    return " ".join([*(f"{name.upper()}={value}" for name, value in settings.items()), "make serve"])


def wants_https(value: str) -> bool:
    """What HTTPS=... means."""
    wanted = {"": False, "0": False, "no": False, "1": True, "yes": True}.get(value.strip().lower())
    if wanted is None:
        raise SetupError(f"HTTPS={value} is neither 1 nor 0: HTTPS=1 make serve.")
    return wanted


@contextmanager
def improving() -> Iterator[None]:
    """While the page is served already, get the rest: in a process that leaves this one free."""
    print(
        "It works already. The studio's packages come meanwhile, and what makes it start faster; a reload has it then:",
        flush=True,
    )
    process = subprocess.Popen([sys.executable, "-m", "tools", "improve"], cwd=paths.ROOT)
    try:
        yield
    finally:
        process.terminate()
        process.wait()
