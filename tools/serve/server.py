"""The local server: `python3 -m tools serve`.

It serves the files of the page from an allow-list and nothing else, with the headers that the page needs to
be cross-origin isolated (threads) and to be held to its promise that nothing comes from or goes anywhere else
(CSP).

    server = make_server(port=0)                        # a free port
    threading.Thread(target=server.serve_forever).start()
    print(server.address)                               # http://127.0.0.1:49152/

With `tls` it speaks https, and sends those who come with http to the right address.
"""

import io
import os
import re
import socket
import socketserver
import ssl
import sys
import threading
import time
from collections.abc import Mapping, Set
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from tools.common import paths
from tools.common.progress import SetupError
from tools.serve import certificate, content, embedding, generated, room

CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self' 'wasm-unsafe-eval'",
        "style-src 'self'",
        "img-src 'self' blob: data:",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "worker-src 'self'",
        "frame-src 'self'",
        "font-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'self'",
    ]
)

HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(self)",
    "Cache-Control": "no-cache",  # ask each time; the ETag makes the answer short
}

TLS_HANDSHAKE = 0x16  # the first byte of every TLS connection, and of no HTTP request (RFC 8446, 5.1)


class Server(ThreadingHTTPServer):
    """A server of `root`; `extra` maps more URL prefixes ("/oracle/") to folders, for tests and benches."""

    daemon_threads = True
    handshake_limit = 10.0  # seconds; then a visitor who says nothing is let go
    request_queue_size = 128  # a classroom opens the page at once
    allow_reuse_port = False  # a port in use is an error, whatever the default of this Python
    most_visitors = 512  # connections at once: a classroom of 80; each has a thread

    def __init__(
        self,
        host: str,
        port: int,
        root: Path,
        extra: Mapping[str, Path],
        headers: Mapping[str, str],
        tls: ssl.SSLContext | None = None,
        embedders: tuple[str, ...] = (),
    ) -> None:
        self.root, self.extra, self.host, self.headers = root, dict(extra), host, dict(headers)
        self.embedders = embedders
        if embedders and "Content-Security-Policy" in self.headers:
            policy = self.headers["Content-Security-Policy"]
            self.headers["Content-Security-Policy"] = embedding.policy(policy, embedders)
        self.tls = tls
        self.sent: list[tuple[str, int]] = []  # (path, bytes of the body) of each answer, while `recording`
        self.recording = False
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._places = threading.BoundedSemaphore(self.most_visitors)
        super().__init__((host, port), Handler)

    def server_bind(self) -> None:
        """Bind, without asking the name service who we are: offline that can take seconds."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.host, self.server_address[1]

    def url(self, host: str) -> str:
        """The page's address under one of this machine's names."""
        scheme = "https" if self.tls else "http"
        return f"{scheme}://{f'[{host}]' if ':' in host else host}:{self.server_address[1]}/"

    @property
    def address(self) -> str:
        """The page's address on this machine."""
        return self.url({"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}.get(self.host, self.host))

    def process_request(self, request: Any, client_address: Any) -> None:
        """A thread for a visitor, or none where too many are here: that one's browser tries again."""
        if self._places.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Answer one visitor, in a thread of theirs: who is slow to shake hands holds up nobody else."""
        if self.tls is None:
            super().finish_request(request, client_address)
            return
        request.settimeout(self.handshake_limit)
        if request.recv(1, socket.MSG_PEEK)[:1] != bytes([TLS_HANDSHAKE]):
            ToHttps(request, client_address, self)
            return
        with self.tls.wrap_socket(request, server_side=True) as secure:
            super().finish_request(secure, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A visitor who leaves in the middle of a download, or distrusts the certificate, is no error."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError | ssl.SSLError):
            super().handle_error(request, client_address)


class _Punctual(io.RawIOBase):
    """What a visitor sends, if it comes before `until`: many small pieces, each in time, must not take for ever."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self.until = float("inf")  # by time.monotonic()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        usual = self._connection.gettimeout()
        left = self.until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the request took too long")
        self._connection.settimeout(left if usual is None else min(left, usual))
        try:
            return self._connection.recv_into(buffer)
        finally:
            self._connection.settimeout(usual)


class Handler(BaseHTTPRequestHandler):
    """GET and HEAD of the allowed files."""

    server: Server
    protocol_version = "HTTP/1.1"  # keep-alive: the page asks for thirty small files
    server_version, sys_version = "Onlooker", ""
    timeout = 120  # of an idle connection, in seconds
    request_limit = 20.0  # seconds for a whole request, from its first line on
    _said: Set[str] = frozenset()  # headers of this answer that are not as usual
    wbufsize = 64 * 1024  # headers and small files leave in one packet

    def setup(self) -> None:
        super().setup()
        self.rfile.close()
        self._sent = _Punctual(self.connection)
        self.rfile: io.BufferedReader = io.BufferedReader(self._sent)

    def handle_one_request(self) -> None:
        """One request, or the end of an idle connection."""
        self._sent.until = float("inf")
        if not self.rfile.peek(1):
            self.close_connection = True
            return
        self._sent.until = time.monotonic() + self.request_limit
        super().handle_one_request()

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def _answer(self, *, with_body: bool) -> None:
        asked = unquote(urlsplit(self.path).path)
        made = (
            embedding.listed(self.server.embedders)
            if asked == f"/{embedding.NAME}"
            else generated.make(asked.removeprefix("/"), self.server.root)
        )
        path = content.resolve(asked, self.server.root, self.server.extra) if made is None else Path(asked)
        if path is None:
            body = b"Not found\n"
            self._start(404, {"Content-Type": "text/plain; charset=utf-8", "Content-Length": str(len(body))})
            self.wfile.write(body if with_body else b"")
            return
        small = content.accepts(self.headers.get("Accept-Encoding", ""), "br")
        found = content.load(path, brotli=small) if made is None else generated.load(made, brotli=small)
        more = embedding.headers(asked, self.headers.get("Origin", ""), self.server.embedders)
        headers = {"ETag": found.etag, "Vary": "Accept-Encoding"} | more
        if content.matches(self.headers.get("If-None-Match", ""), found.etag):
            self._start(304, headers)
            return
        headers |= {"Content-Type": content.mime_type(path), "Accept-Ranges": "none"}
        headers["X-Uncompressed-Length"] = str(found.original_size)
        if found.encoding:
            headers["Content-Encoding"] = found.encoding
        status, first, length = 200, 0, found.size
        if content.is_video(path):
            headers["Accept-Ranges"] = "bytes"
            wanted = content.byte_range(self.headers.get("Range", ""), found.size)
            if wanted:
                status, (first, last) = 206, wanted
                length = last - first + 1
                headers["Content-Range"] = f"bytes {first}-{last}/{found.size}"
        headers["Content-Length"] = str(length)
        self._start(status, headers)
        if with_body:
            if self.server.recording:
                self.server.sent.append((self.path, length))
            with found.open() as stream:
                stream.seek(first)
                content.copy(stream, self.wfile, length)

    def _start(self, status: int, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        self._said = set(headers)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def end_headers(self) -> None:
        """Every answer, errors too, carries the policy."""
        for name, value in self.server.headers.items():
            if name not in self._said:
                self.send_header(name, value)
        super().end_headers()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Quiet, but for what is not there: a missing file is what somebody looks for in the terminal."""
        if str(code).startswith(("4", "5")):
            # Of a request that is none there is no path; and no terminal is to obey what somebody asks for.
            asked = f"{self.command or ''} {getattr(self, 'path', self.requestline)}"[:200]
            shown = "".join(letter if letter.isprintable() else "?" for letter in asked)
            print(f"  {code} {shown}", file=sys.stderr, flush=True)

    def log_error(self, format: str, *values: object) -> None:
        """Said by log_request already; and that an idle connection was closed is nobody's concern."""


class ToHttps(BaseHTTPRequestHandler):
    """For those who typed the address of an https server without its scheme: where the page is."""

    server: Server
    server_version, sys_version = "Onlooker", ""
    timeout = Server.handshake_limit

    def do_GET(self) -> None:
        host = self.headers.get("Host", "")
        known = re.fullmatch(r"[\w.-]+(:\d+)?|\[[0-9a-fA-F:.]+\](:\d+)?", host, re.ASCII)
        self.send_response(307)  # nothing that a browser remembers: the next time may be without https
        path = self.path if self.path.startswith("/") else "/"
        self.send_header("Location", (f"https://{host}" if known else self.server.address.rstrip("/")) + path)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_GET

    def log_message(self, format: str, *values: object) -> None:
        """Nobody's concern."""


def make_server(
    host: str = "127.0.0.1",
    port: int = 8000,
    extra: Mapping[str, Path] | None = None,
    root: Path = paths.ROOT,
    headers: Mapping[str, str] = HEADERS,
    tls: ssl.SSLContext | None = None,
    embedders: tuple[str, ...] = (),
) -> Server:
    """A server that listens already; port 0 takes a free one. `OSError` where the port can't be had.

    embedders: origins whose pages may show this one inside of theirs (embedding.origins).
    """
    return Server(host, port, root, extra or {}, headers, tls, embedders)


def main() -> int:
    """Serve until Ctrl-C, at HOST and PORT of the environment; by https if HTTPS is set."""
    host, port = os.environ.get("HOST") or "127.0.0.1", os.environ.get("PORT") or "8000"
    if not port.isdecimal() or int(port) > 65535:
        raise SetupError(f"PORT={port} is not a port: take a number from 1 to 65535, or 0 for any free one.")
    embedders = embedding.origins(os.environ.get("ALLOW_EMBED", ""))
    others = room.reachable(host)
    secure = certificate.ensure(room.names(others)) if wants_https(os.environ.get("HTTPS", "")) else None
    tls = secure.context() if secure else None
    try:
        server = make_server(host, int(port), tls=tls, embedders=embedders)
    except OSError as error:
        raise SetupError(
            f"The address {host}:{port} can't be had: {error.strerror or error}. If another program (or "
            "another Onlooker) uses the port, choose one: PORT=8001 make serve, or PORT=0 for any free one."
        ) from error
    with server:
        # Half a second of work, which the first visitor need not wait for.
        threading.Thread(target=generated.make, args=("detector.json", paths.ROOT), daemon=True).start()
        print(f"Onlooker is at {server.address}  (Ctrl-C stops it)")
        if others:
            urls = [server.url(address) for address in others]
            print(*room.invitation(urls, qr=room.can_show_qr(sys.stdout)), sep="\n")
        if secure:
            print(*room.about_certificate(secure.fingerprint), sep="\n")
        elif others:
            print(*room.ABOUT_HTTP, sep="\n")
        if embedders:
            print(f"May be embedded by {', '.join(embedders)}")
        sys.stdout.flush()
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print("\nstopped")
    return 0


def wants_https(value: str) -> bool:
    """What HTTPS=... means."""
    wanted = {"": False, "0": False, "no": False, "1": True, "yes": True}.get(value.strip().lower())
    if wanted is None:
        raise SetupError(f"HTTPS={value} is neither 1 nor 0: HTTPS=1 make serve.")
    return wanted
