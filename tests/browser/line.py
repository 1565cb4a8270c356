"""A server of the page that can be unplugged."""

import contextlib
import socket
import threading
from pathlib import Path
from typing import Any

from tools import paths
from tools.serve import HEADERS, Server


class Line(Server):
    """A server whose `shutdown` was called still answers on connections that are kept alive; `unplug` ends those too,
    so that what is served afterwards comes from the browser alone."""

    def __init__(
        self, extra: dict[str, Path] | None = None, headers: dict[str, str] = HEADERS, root: Path = paths.ROOT
    ) -> None:
        super().__init__("127.0.0.1", 0, root, extra or {}, headers)
        self._connections: list[socket.socket] = []
        self._thread = threading.Thread(target=self.serve_forever)
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
