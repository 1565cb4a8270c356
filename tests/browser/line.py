"""Servers of the page that can be unplugged."""

import contextlib
import socket
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tools.common import paths
from tools.serve.checkout import Checkout
from tools.serve.onlooker.server import HEADERS, Server


class Unpluggable(ThreadingHTTPServer):
    """A server whose `shutdown` was called still answers on connections that are kept alive; `unplug` ends those too,
    so that what is served afterwards comes from the browser alone."""

    def begin(self) -> None:
        self._connections: list[socket.socket] = []
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def process_request(self, request: Any, client_address: Any) -> None:
        self._connections.append(request)
        super().process_request(request, client_address)

    def unplug(self) -> None:
        """No more connections, and an end of those that are open. Calling it again does nothing."""
        if not self._thread.is_alive():
            return
        self.shutdown()
        self._thread.join()
        self.server_close()
        for connection in self._connections:
            with contextlib.suppress(OSError):  # closed already
                connection.shutdown(socket.SHUT_RDWR)


class Line(Unpluggable, Server):
    """What `make serve` starts."""

    def __init__(self, extra: dict[str, Path] | None = None, root: Path = paths.ROOT) -> None:
        Server.__init__(self, "127.0.0.1", 0, Checkout(root, extra or {}), HEADERS)
        self.begin()


class PlainHost(Unpluggable):
    """A host of files, which sends no headers of its own."""

    daemon_threads = True

    class Quiet(SimpleHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            self.server.asked.append(self.path)  # type: ignore[attr-defined]

        def log_message(self, format: str, *values: object) -> None:
            """Quiet."""

    def __init__(self, folder: Path) -> None:
        self.asked: list[str] = []  # paths, in order
        super().__init__(("127.0.0.1", 0), partial(self.Quiet, directory=str(folder)))
        self.begin()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/"
