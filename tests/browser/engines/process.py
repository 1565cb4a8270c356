"""Programs that the engines need: started, waited for until they say where they listen, and ended."""

import re
import socket
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence

from tests.browser.engines.engine import EngineError
from tests.browser.live_page import LIMIT_S


class Program:
    """A program that runs until `end`; `told`: the lines it wrote so far."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
        self._command = command
        self.told: list[str] = []
        self._more = threading.Condition()
        self._ended = False
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with self._more:
                self.told.append(line.decode(errors="replace").rstrip())
                self._more.notify_all()
        with self._more:
            self._ended = True
            self._more.notify_all()

    def until(self, pattern: str, seconds: float = LIMIT_S) -> str:
        """Wait for a line with `pattern`; its first group. Raises EngineError with all that was said instead."""

        def found() -> re.Match[str] | None:
            return next((match for line in self.told if (match := re.search(pattern, line))), None)

        with self._more:
            self._more.wait_for(lambda: found() or self._ended, seconds)
            match = found()
        if match is None:
            raise self._did_not_start(seconds)
        return match[1]

    def until_it_listens(self, port: int, seconds: float = LIMIT_S) -> None:
        """Wait until the program takes connections there."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                with self._more:
                    self._more.wait(0.02)
                if self._ended or time.monotonic() > deadline:
                    raise self._did_not_start(seconds) from None

    def _did_not_start(self, seconds: float) -> EngineError:
        said = " ".join(self.told[-5:]) or "nothing"
        return EngineError(f"{self._command[0]} did not start within {seconds:.0f} s. It said: {said}")

    def end(self) -> None:
        """Ask it to end, and wait."""
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join(5)
        if self._process.stdout is not None:
            self._process.stdout.close()
