"""The local server: `make serve` and `onlooker serve`.

It serves what a site has and nothing else, with the headers that the page needs to be cross-origin isolated
(threads) and to be held to its promise that nothing comes from or goes anywhere else (CSP).

    server = Server("127.0.0.1", 0, site)               # a free port
    threading.Thread(target=server.serve_forever).start()
    print(server.address)                               # http://127.0.0.1:49152/

With `tls` it speaks https, and sends those who come with http to the right address.
"""

import io
import re
import socket
import socketserver
import ssl
import sys
import threading
import time
from collections.abc import Mapping, Set
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from . import content, embedding
from .content import Content

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


class Site(Protocol):
    """What is served."""

    def find(self, path: str, *, brotli: bool) -> Content | None:
        """What a decoded URL path ("/", "/main.py") means, in brotli where the visitor takes that; None: nothing."""


class Server(ThreadingHTTPServer):
    """A server that listens already; port 0 takes a free one. `OSError` where the port can't be had.

    embedders: origins whose pages may show this one inside of theirs (embedding.origins).
    """

    daemon_threads = True
    handshake_limit = 10.0  # seconds; then a visitor who says nothing is let go
    request_queue_size = 128  # a classroom opens the page at once
    allow_reuse_port = False  # a port in use is an error, whatever the default of this Python
    most_visitors = 512  # connections at once: a classroom of 80; each has a thread

    def __init__(
        self,
        host: str,
        port: int,
        site: Site,
        headers: Mapping[str, str] = HEADERS,
        tls: ssl.SSLContext | None = None,
        embedders: tuple[str, ...] = (),
    ) -> None:
        self.site, self.host, self.headers = site, host, dict(headers)
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
        small = content.accepts(self.headers.get("Accept-Encoding", ""), "br")
        found = self._found(asked, brotli=small)
        if found is None:
            body = b"Not found\n"
            self._start(404, {"Content-Type": "text/plain; charset=utf-8", "Content-Length": str(len(body))})
            self.wfile.write(body if with_body else b"")
            return
        more = embedding.headers(asked, self.headers.get("Origin", ""), self.server.embedders)
        headers = {"ETag": found.etag, "Vary": "Accept-Encoding"} | more
        if content.matches(self.headers.get("If-None-Match", ""), found.etag):
            self._start(304, headers)
            return
        headers |= {"Content-Type": found.type, "Accept-Ranges": "none"}
        headers["X-Uncompressed-Length"] = str(found.original_size)
        if found.encoding:
            headers["Content-Encoding"] = found.encoding
        status, first, length = 200, 0, found.size
        if found.type.startswith("video/"):  # browsers seek in them
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

    def _found(self, asked: str, *, brotli: bool) -> Content | None:
        if asked == f"/{embedding.NAME}":  # who may embed is this server's to say
            return content.from_bytes(embedding.listed(self.server.embedders), None, content.mime_type(asked))
        return self.server.site.find(asked, brotli=brotli)

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
