"""The server, asked over real sockets: what it sends, with which headers, and what it keeps to itself."""

import http.client
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import brotli
import pytest

from detector.errors import SettingError
from tools.common import paths
from tools.serve import server as serve
from tools.serve.onlooker.content import accepts
from tools.serve.onlooker.server import Handler, Server

PAGE = {
    "index.html": b"<!doctype html><title>Onlooker</title>" + b"<p>text</p>" * 100,
    "main.py": b"print('hello')\n" * 100,
    "pyscript.toml": b"[files]\n" * 100,
    "detector/__init__.py": b"",
    "detector/vision/non_maximum_suppression.py": b"threshold = 0.5\n" * 100,
    "detector/browser/sources/camera.py": b"import js\n",
    "detector/pillow/render.py": b"import PIL\n",
    "detector/studio/save.py": b"import PIL\n",
    "models/coco-ssd-lite.onnx": bytes(range(256)) * 40,
    "models/manifest.json": b"{}",
    "models/check.jpg": b"\xff\xd8 picture",
    "web/style.css": b"body { margin: 0 }\n" * 100,
    "web/boot.js": b"export {};\n" * 100,
    "web/icons/eye.svg": b"<svg/>",
    "web/site.webmanifest": b"{}",
    "vendor/ort/ort.mjs": b"export const a = 1;\n" * 100,
    "vendor/ort/ort.wasm": b"\0asm" + bytes(5000),
    "vendor/ort/ort.wasm.br": brotli.compress(b"\0asm" + bytes(5000)),
    "vendor/pyodide/numpy-2.2.5-cp313-cp313-pyodide_2025_0_wasm32.whl": b"PK wheel",
    "vendor/pyodide/python_stdlib.zip": b"PK zip",
    "vendor/samples/cat.jpg": b"\xff\xd8 cat",
    "vendor/samples/street.mp4": bytes(range(256)) * 10,
}
PRIVATE = {
    ".git/config": b"secret",
    ".venv/pyvenv.cfg": b"secret",
    ".npmrc": b"secret",
    "pyproject.toml": b"secret",
    "README.md": b"secret",
    "package.json": b"secret",
    "detector/native/session.py": b"secret",
    "detector/notes.txt": b"secret",
    "models/manifest.toml": b"secret",
    "models/LICENSE": b"secret",
    "tools/serve/server.py": b"secret",
    "tests/tools/serve/test_serve.py": b"secret",
    "web/.hidden": b"secret",
    "vendor/.secret/key": b"secret",
}
TYPES = {
    "/": "text/html; charset=utf-8",
    "/index.html": "text/html; charset=utf-8",
    "/main.py": "text/x-python; charset=utf-8",
    "/pyscript.toml": "application/toml; charset=utf-8",
    "/detector/browser/sources/camera.py": "text/x-python; charset=utf-8",
    "/models/coco-ssd-lite.onnx": "application/octet-stream",
    "/models/manifest.json": "application/json",
    "/models/check.jpg": "image/jpeg",
    "/web/style.css": "text/css; charset=utf-8",
    "/web/boot.js": "text/javascript; charset=utf-8",
    "/web/icons/eye.svg": "image/svg+xml",
    "/web/site.webmanifest": "application/manifest+json",
    "/vendor/ort/ort.mjs": "text/javascript; charset=utf-8",
    "/vendor/ort/ort.wasm": "application/wasm",
    "/vendor/pyodide/numpy-2.2.5-cp313-cp313-pyodide_2025_0_wasm32.whl": "application/zip",
    "/vendor/pyodide/python_stdlib.zip": "application/zip",
    "/vendor/samples/street.mp4": "video/mp4",
}


def fill(folder: Path, contents: dict[str, bytes]) -> None:
    for name, data in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("page")
    fill(folder, PAGE | PRIVATE)
    (folder.parent / "outside.txt").write_bytes(b"secret")
    (folder / "web/link.txt").symlink_to(folder.parent / "outside.txt")
    fill(folder.parent / "oracle", {"@tensorflow/tfjs/tf.min.js": b"tf", ".npmrc": b"secret"})
    return folder


@pytest.fixture(scope="module")
def server(root: Path) -> Iterator[Server]:
    server = serve.make_server(port=0, root=root, extra={"/oracle/": root.parent / "oracle"})
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def connection(server: Server) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=10)
    yield connection
    connection.close()


def ask(
    connection: http.client.HTTPConnection, path: str, method: str = "GET", **headers: str
) -> tuple[http.client.HTTPResponse, bytes]:
    """One request; header names are written with "_" for "-"."""
    connection.request(
        method, path, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )
    response = connection.getresponse()
    return response, response.read()


@pytest.mark.parametrize("path", TYPES)
def test_types_and_bytes(connection: http.client.HTTPConnection, path: str) -> None:
    response, body = ask(connection, path)
    assert response.status == 200
    assert response.headers["Content-Type"] == TYPES[path]
    assert body == PAGE[path.removeprefix("/") or "index.html"]


@pytest.mark.parametrize("path", [*TYPES, "/nothing-here", "/.git/config"])
def test_every_answer_isolates_the_page(connection: http.client.HTTPConnection, path: str) -> None:
    response, _ = ask(connection, path)
    assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response.headers["Cross-Origin-Embedder-Policy"] == "require-corp"
    assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.headers["Permissions-Policy"] == "camera=(self)"
    assert response.headers["Cache-Control"] == "no-cache"


def test_the_policy_has_no_eval_and_no_foreign_origin(connection: http.client.HTTPConnection) -> None:
    response, _ = ask(connection, "/")
    policy = dict(part.split(" ", 1) for part in response.headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self' 'wasm-unsafe-eval'"
    allowed = {"'self'", "'none'", "'wasm-unsafe-eval'", "blob:", "data:"}
    assert {source for sources in policy.values() for source in sources.split()} <= allowed


@pytest.mark.parametrize("name", PRIVATE)
def test_what_is_not_the_page_is_not_there(connection: http.client.HTTPConnection, name: str) -> None:
    response, body = ask(connection, f"/{name}")
    assert response.status == 404
    assert b"secret" not in body


@pytest.mark.parametrize(
    "path",
    [
        "/../outside.txt",
        "/web/../../outside.txt",
        "/web/..%2f..%2foutside.txt",
        "/web/%2e%2e/%2e%2e/outside.txt",
        "/web/%2e%2e%2f%2e%2e%2foutside.txt",
        "/web/..%252f..%252foutside.txt",
        "/web/..\\..\\outside.txt",
        "/web/link.txt",
        "/vendor/../.git/config",
        "/detector/../detector/native/session.py",
        "/detector/./native/session.py",
        "/detector/browser/../native/session.py",
        "//etc/passwd",
        "/web//etc/passwd",
        "/%2fetc%2fpasswd",
        "/web/style.css%00.txt",
        "/web/style.css/",
        "/web/style.css%0a",
        "/web",
        "/web/",
        "/vendor/",
        "/models/",
        "/oracle/",
        "/oracle/.npmrc",
        "/oracle/../outside.txt",
        "/oracle/%2e%2e/outside.txt",
        "/oracle//etc/passwd",
        "/vendor/ort/ort.wasm.br",
        "/WEB/style.css",
        "/web/" + "a" * 5000,
        "/web/%c0%ae%c0%ae/%c0%ae%c0%ae/outside.txt",
        "/web/%c0%af..%c0%af..%c0%afoutside.txt",
        "/web/%uff0e%uff0e/outside.txt",
        "/web/%EF%BC%8E%EF%BC%8E/outside.txt",
        "/web/..;/..;/outside.txt",
        "/web/.../outside.txt",
        "/web/%5c..%5c..%5coutside.txt",
        "/web/%00/../../outside.txt",
        "/web/style.css%2f..%2f..%2f..%2foutside.txt",
        "http://elsewhere.example/../outside.txt",
        "file:///etc/passwd",
        "/C:/outside.txt",
        "/web/style.css::$DATA",
        "/.",
        "/..",
        "/detector/",
        "/detector/browser",
        "/vendor",
        "/web/caf%c3%a9.css",
        "/web/%ff.css",
    ],
)
def test_no_way_out(connection: http.client.HTTPConnection, path: str) -> None:
    response, body = ask(connection, path)
    assert response.status == 404
    assert b"secret" not in body
    assert b"root:" not in body


def test_extra_folders_are_served_under_their_prefix(connection: http.client.HTTPConnection) -> None:
    assert ask(connection, "/oracle/@tensorflow/tfjs/tf.min.js")[1] == b"tf"


def test_a_query_does_not_change_the_file(connection: http.client.HTTPConnection) -> None:
    assert ask(connection, "/?provider=wasm&threshold=0.4#x")[1] == PAGE["index.html"]


def test_brotli_made_at_set_up_is_preferred(connection: http.client.HTTPConnection, root: Path) -> None:
    response, body = ask(connection, "/vendor/ort/ort.wasm", Accept_Encoding="gzip, deflate, br;q=1.0")
    assert response.headers["Content-Encoding"] == "br"
    assert response.headers["Content-Type"] == "application/wasm"
    assert response.headers["Vary"] == "Accept-Encoding"
    assert body == (root / "vendor/ort/ort.wasm.br").read_bytes()
    assert int(response.headers["Content-Length"]) == len(body)
    assert int(response.headers["X-Uncompressed-Length"]) == len(PAGE["vendor/ort/ort.wasm"])
    assert brotli.decompress(body) == PAGE["vendor/ort/ort.wasm"]


@pytest.mark.parametrize("accepted", ["", "gzip", "br;q=0", "br; q=0.0", "brotli"])
def test_without_brotli_the_file_itself(connection: http.client.HTTPConnection, accepted: str) -> None:
    response, body = ask(connection, "/vendor/ort/ort.wasm", Accept_Encoding=accepted)
    assert response.headers["Content-Encoding"] is None
    assert response.headers["Vary"] == "Accept-Encoding"
    assert body == PAGE["vendor/ort/ort.wasm"]
    assert int(response.headers["X-Uncompressed-Length"]) == len(body)


def test_an_old_brotli_form_is_not_sent(connection: http.client.HTTPConnection, root: Path) -> None:
    fill(root, {"vendor/new.wasm.br": brotli.compress(b"old"), "vendor/new.wasm": b"new"})
    os.utime(root / "vendor/new.wasm.br", (1, 1))
    response, body = ask(connection, "/vendor/new.wasm", Accept_Encoding="br")
    assert (response.headers["Content-Encoding"], body) == (None, b"new")


def test_sources_are_compressed_as_they_are_edited(
    connection: http.client.HTTPConnection, root: Path
) -> None:
    for text in (b"first = 1\n" * 200, b"second = 2\n" * 200):
        (root / "main.py").write_bytes(text)
        response, body = ask(connection, "/main.py", Accept_Encoding="br")
        assert response.headers["Content-Encoding"] == "br"
        assert len(body) < len(text) / 10
        assert brotli.decompress(body) == text
    (root / "main.py").write_bytes(PAGE["main.py"])


def test_etag_and_304(connection: http.client.HTTPConnection, root: Path) -> None:
    first, body = ask(connection, "/web/boot.js")
    etag = first.headers["ETag"]
    assert etag.startswith('"')
    second, nothing = ask(connection, "/web/boot.js", If_None_Match=f'"other", W/{etag}')
    assert (second.status, nothing) == (304, b"")
    assert second.headers["ETag"] == etag
    assert second.headers["Cross-Origin-Embedder-Policy"] == "require-corp"
    os.utime(root / "web/boot.js", (1, 1))
    third, again = ask(connection, "/web/boot.js", If_None_Match=etag)
    assert (third.status, again) == (200, body)


def test_each_form_has_its_own_etag(connection: http.client.HTTPConnection) -> None:
    plain, _ = ask(connection, "/vendor/ort/ort.wasm")
    small, _ = ask(connection, "/vendor/ort/ort.wasm", Accept_Encoding="br")
    assert plain.headers["ETag"] != small.headers["ETag"]
    mixed, body = ask(connection, "/vendor/ort/ort.wasm", If_None_Match=small.headers["ETag"])
    assert (mixed.status, body) == (200, PAGE["vendor/ort/ort.wasm"])


def test_head_has_the_headers_alone(connection: http.client.HTTPConnection) -> None:
    response, body = ask(connection, "/models/coco-ssd-lite.onnx", "HEAD")
    assert (response.status, body) == (200, b"")
    assert int(response.headers["Content-Length"]) == len(PAGE["models/coco-ssd-lite.onnx"])


@pytest.mark.parametrize(
    ("wanted", "status", "first", "last"),
    [
        ("bytes=0-9", 206, 0, 9),
        ("bytes=100-", 206, 100, 2559),
        ("bytes=-60", 206, 2500, 2559),
        ("bytes=2500-9999", 206, 2500, 2559),
        ("bytes=9999-", 200, 0, 2559),
        ("bytes=5-2", 200, 0, 2559),
        ("bytes=0-1,5-6", 200, 0, 2559),
        ("bytes=-", 200, 0, 2559),
        ("lines=1-2", 200, 0, 2559),
    ],
)
def test_parts_of_a_video(
    connection: http.client.HTTPConnection, wanted: str, status: int, first: int, last: int
) -> None:
    response, body = ask(connection, "/vendor/samples/street.mp4", Range=wanted)
    assert response.status == status
    assert body == PAGE["vendor/samples/street.mp4"][first : last + 1]
    assert response.headers["Content-Range"] == (f"bytes {first}-{last}/2560" if status == 206 else None)


def test_one_connection_serves_many(connection: http.client.HTTPConnection) -> None:
    ask(connection, "/")
    used = connection.sock
    for path in ("/main.py", "/not-there", "/web/style.css"):
        ask(connection, path)
    assert connection.sock is used


METHODS = [
    "POST",
    "PUT",
    "DELETE",
    "OPTIONS",
    "TRACE",
    "CONNECT",
    "PATCH",
    "PROPFIND",
    "get",
    "_answer",
    "G" * 5000,
]


@pytest.mark.parametrize("method", METHODS)
def test_nothing_but_reading(connection: http.client.HTTPConnection, method: str) -> None:
    assert ask(connection, "/", method)[0].status == 501


def raw(server: Server, sent: bytes) -> bytes:
    """What comes back for these bytes, until the server ends the connection."""
    with socket.create_connection(("127.0.0.1", server.server_address[1]), timeout=30) as visitor:
        visitor.sendall(sent)
        parts = []
        while part := visitor.recv(65536):
            parts.append(part)
        return b"".join(parts)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n", b"414"),
        (b"GET / HTTP/1.1\r\nX: " + b"a" * 70_000 + b"\r\n\r\n", b"431"),
        (b"GET / HTTP/1.1\r\n" + b"X: a\r\n" * 200 + b"\r\n", b"431"),
        (b"GET / HTTP/9.9\r\n\r\n", b"505"),
        (b"GET / x HTTP/1.1\r\n\r\n", b"400"),
        (b"\0\0\0\0\r\n\r\n", b"400"),
    ],
)
def test_what_is_too_much_or_no_request_is_refused(server: Server, sent: bytes, status: bytes) -> None:
    answer = raw(server, sent)
    assert status in answer.split(b"\r\n")[0]
    assert b"secret" not in answer and len(answer) < 10_000
    if answer.startswith(b"HTTP/"):
        assert b"Content-Security-Policy: default-src 'none'" in answer


@pytest.mark.parametrize("host", ["elsewhere.example", "127.0.0.1:1", "", "a b", "../..", "x" * 5000])
def test_the_name_that_a_visitor_came_by_changes_nothing(
    connection: http.client.HTTPConnection, host: str
) -> None:
    """So a page that has its name point here (DNS rebinding) gets what everybody gets: files that are no secret."""
    response, body = ask(connection, "/", Host=host)
    assert (response.status, body) == (200, PAGE["index.html"])
    assert response.headers["Access-Control-Allow-Origin"] is None
    assert host not in str(response.headers).replace("127.0.0.1", "") or not host


def test_a_request_that_never_ends_is_let_go(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Handler, "request_limit", 0.1)
    assert raw(server, b"GET / HTTP/1.1\r\nX: ") == b""


def test_visitors_beyond_the_limit_are_let_go_and_the_others_served(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Server, "most_visitors", 2)
    with serve.make_server(port=0, root=root) as server, ExitStack() as visitors:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        address = ("127.0.0.1", server.server_address[1])
        two = [visitors.enter_context(socket.create_connection(address, timeout=10)) for _ in range(2)]
        for one in two:
            one.sendall(b"HEAD / HTTP/1.1\r\n\r\n")
            assert one.recv(12) == b"HTTP/1.1 200"
        with socket.create_connection(address, timeout=10) as third:
            assert third.recv(12) == b""
        two[1].sendall(b"GET /main.py HTTP/1.0\r\n\r\n")
        while two[1].recv(65536):  # to its end: there is a place again, or will be at once
            pass
        for _ in range(1000):
            with socket.create_connection(address, timeout=10) as fourth:
                if fourth.recv(12) if fourth.send(b"HEAD / HTTP/1.0\r\n\r\n") else b"":
                    break
        else:
            pytest.fail("there is no place for anybody any more")
        server.shutdown()
        thread.join()


def test_nobody_else_reaches_it_unless_somebody_says_so() -> None:
    with run_server(PORT="0", HOST="") as process:
        assert process.stdout is not None
        port = int(process.stdout.readline().rsplit(":", 1)[1].split("/")[0])
        with socket.create_connection(("127.0.0.1", port), timeout=10):
            pass
        with pytest.raises(ConnectionRefusedError):  # this machine too, by another of its addresses
            socket.create_connection(("127.0.0.2", port), timeout=10)
        process.terminate()


def test_no_request_can_write_to_the_terminal(server: Server, capfd: pytest.CaptureFixture[str]) -> None:
    assert b"404" in raw(server, b"GET /\x1b]0;hello\x07\x1b[2J HTTP/1.1\r\nConnection: close\r\n\r\n")
    told = capfd.readouterr().err
    assert "hello" in told and told.rstrip("\n").isprintable()


def test_a_visitor_who_leaves_is_no_error(root: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (root / "vendor/large.wasm").write_bytes(bytes(30_000_000))
    with serve.make_server(port=0, root=root) as server:
        server.daemon_threads = False  # so that closing the server waits for the handler
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        with socket.create_connection(("127.0.0.1", server.server_address[1])) as visitor:
            visitor.sendall(b"GET /vendor/large.wasm HTTP/1.1\r\nHost: x\r\n\r\n")
            assert visitor.recv(12) == b"HTTP/1.1 200"
        server.shutdown()
        thread.join()
    assert "Traceback" not in capfd.readouterr().err


def run_server(**environment: str) -> subprocess.Popen[str]:
    """The serve command as a process of its own, without set-up."""
    code = "import sys; from tools.serve import server; sys.exit(server.main())"
    variables = {**os.environ, "HOST": "127.0.0.1", **environment}
    return subprocess.Popen(
        [sys.executable, "-c", code], cwd=paths.ROOT, env=variables, stdout=subprocess.PIPE, text=True
    )


def test_serve_says_where_it_is_and_answers() -> None:
    with run_server(PORT="0") as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        host, port = line.split("http://")[1].split("/")[0].split(":")
        with socket.create_connection((host, int(port))) as visitor:
            visitor.sendall(b"GET / HTTP/1.0\r\n\r\n")
            assert visitor.recv(12) == b"HTTP/1.1 200"
        process.terminate()


def test_a_taken_port_is_explained(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOST", "127.0.0.1")
    monkeypatch.setenv("PORT", str(server.server_address[1]))
    with pytest.raises(SettingError, match="PORT=8001 make serve"):
        serve.main()
    monkeypatch.setenv("PORT", "eighty")
    with pytest.raises(SettingError, match="PORT=eighty make serve: that is not a port"):
        serve.main()


def test_gzip_is_not_mistaken_for_brotli() -> None:
    assert not accepts("gzip", "br")
    assert accepts("gzip, br", "br")
