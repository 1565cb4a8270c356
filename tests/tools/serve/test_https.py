"""The server over https: a certificate made here, and visitors who do not play by the rules."""

import hashlib
import http.client
import os
import socket
import ssl
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from tools.common import paths
from tools.serve import server as serve
from tools.serve.onlooker import certificate
from tools.serve.onlooker.server import Server, ToHttps

NAMES = ["localhost", "127.0.0.1", "::1", "workshop", "192.168.1.5"]
BODY = b"<!doctype html><title>Onlooker</title>"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> certificate.Certificate:
    return certificate.ensure(NAMES, tmp_path_factory.mktemp("tls") / "onlooker.pem")


@pytest.fixture(scope="module")
def server(made: certificate.Certificate, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    root = tmp_path_factory.mktemp("page")
    (root / "index.html").write_bytes(BODY)
    with serve.make_server(port=0, root=root, tls=made.context()) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def trusting(made: certificate.Certificate) -> ssl.SSLContext:
    """A client that trusts this certificate alone, and is strict about its form, as newer Pythons are."""
    context = ssl.create_default_context(cafile=str(made.file))
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    return context


def page_over_https(server: Server, made: certificate.Certificate) -> bytes:
    port = server.server_address[1]
    connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=10, context=trusting(made))
    try:
        connection.request("GET", "/")
        return connection.getresponse().read()
    finally:
        connection.close()


@pytest.mark.parametrize("name", NAMES)
def test_the_certificate_holds_for_all_its_names(
    server: Server, made: certificate.Certificate, name: str
) -> None:
    with (
        socket.create_connection(("127.0.0.1", server.server_address[1]), timeout=10) as plain,
        trusting(made).wrap_socket(plain, server_hostname=name) as secure,
    ):
        shown = hashlib.sha256(secure.getpeercert(binary_form=True) or b"").hexdigest()
        secure.sendall(b"GET / HTTP/1.0\r\n\r\n")
        answer = b"".join(iter(lambda: secure.recv(4096), b""))
    assert answer.startswith(b"HTTP/1.1 200") and answer.endswith(BODY)
    assert b"Cross-Origin-Embedder-Policy: require-corp" in answer
    assert shown.upper() == made.fingerprint.replace(":", "")


def test_it_holds_for_no_other_name_and_for_nobody_who_did_not_take_it(
    server: Server, made: certificate.Certificate, capfd: pytest.CaptureFixture[str]
) -> None:
    port = server.server_address[1]
    for context, name in ((trusting(made), "elsewhere"), (ssl.create_default_context(), "localhost")):
        with (
            socket.create_connection(("127.0.0.1", port), timeout=10) as plain,
            pytest.raises(ssl.SSLCertVerificationError),
        ):
            context.wrap_socket(plain, server_hostname=name)
    assert page_over_https(server, made) == BODY
    assert "Traceback" not in capfd.readouterr().err


def test_who_comes_with_http_is_sent_to_https(server: Server, made: certificate.Certificate) -> None:
    port = server.server_address[1]
    for host, expected in (
        (f"192.168.1.5:{port}", f"https://192.168.1.5:{port}/"),
        (f"[::1]:{port}", f"https://[::1]:{port}/"),
        ("evil/@x", f"https://127.0.0.1:{port}/"),
        ("", f"https://127.0.0.1:{port}/"),
    ):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", "/?python=pyodide", headers={"Host": host})
        response = connection.getresponse()
        assert (response.status, response.headers["Location"]) == (307, f"{expected}?python=pyodide")
        connection.close()
    assert page_over_https(server, made) == BODY


def test_visitors_who_break_the_handshake_off_hold_nobody_up(
    server: Server, made: certificate.Certificate, capfd: pytest.CaptureFixture[str]
) -> None:
    address = ("127.0.0.1", server.server_address[1])
    with ExitStack() as visitors:

        def visitor(words: bytes) -> socket.socket:
            connection = visitors.enter_context(socket.create_connection(address, timeout=10))
            connection.sendall(words)
            return connection

        for _ in range(3):
            visitor(b"")
        visitor(b"\x16\x03\x01\x02\x00\x01")  # the beginning of a ClientHello, and nothing more
        nonsense = visitor(b"\x16 this is no handshake at all")
        assert page_over_https(server, made) == BODY
        with suppress(ConnectionResetError):
            assert nonsense.recv(100)[:1] in (b"", b"\x15")  # an alert, or nothing
    assert page_over_https(server, made) == BODY
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize("begun", [b"", b"\x16\x03\x01", b"GET / HT"])
def test_who_says_nothing_more_is_let_go(
    server: Server, monkeypatch: pytest.MonkeyPatch, begun: bytes
) -> None:
    monkeypatch.setattr(server, "handshake_limit", 0.05)
    monkeypatch.setattr(ToHttps, "timeout", 0.05)
    with socket.create_connection(("127.0.0.1", server.server_address[1]), timeout=10) as visitor:
        visitor.sendall(begun)
        assert visitor.recv(100) == b""


def test_it_is_kept_for_its_owner_and_used_again(made: certificate.Certificate) -> None:
    assert stat.S_IMODE(made.file.stat().st_mode) == 0o600
    before = made.file.read_bytes()
    assert certificate.ensure(NAMES[:2], made.file) == made
    assert made.file.read_bytes() == before


def test_it_is_made_anew_for_new_names_in_time_and_when_broken(tmp_path: Path) -> None:
    file, now = tmp_path / "tls/onlooker.pem", datetime.now(UTC)
    first = certificate.ensure(NAMES, file, now)
    assert certificate.ensure(NAMES, file, now + timedelta(days=300)) == first
    moved = certificate.ensure([*NAMES, "192.168.7.7"], file, now)
    late = certificate.ensure(NAMES, file, now + certificate.LIFETIME)
    file.write_bytes(file.read_bytes()[:-200])
    mended = certificate.ensure(NAMES, file, now)
    file.write_bytes(b"")
    again = certificate.ensure(NAMES, file, now)
    assert len({made.fingerprint for made in (first, moved, late, mended, again)}) == 5
    assert again.context()


def test_https_1_serves_by_https_and_says_what_to_press() -> None:
    code = "import sys; from tools.serve import server; sys.exit(server.main())"
    variables = {**os.environ, "HOST": "127.0.0.1", "PORT": "0", "HTTPS": "1"}
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=paths.ROOT, env=variables, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(10)]
        port = int(lines[0].split("https://127.0.0.1:")[1].split("/")[0])
        context = ssl.create_default_context(cafile=str(serve.CERTIFICATE))
        connection = http.client.HTTPSConnection("localhost", port, timeout=10, context=context)
        connection.request("GET", "/")
        assert connection.getresponse().status == 200
        connection.close()
        process.terminate()
    text = "".join(lines)
    assert "warns once" in text and "Proceed" in text and "Accept the Risk" in text
    printed = "".join(line.strip() for line in lines[7:9]).replace(":", "")
    own = x509.load_pem_x509_certificate(serve.CERTIFICATE.read_bytes())
    assert printed == own.fingerprint(hashes.SHA256()).hex().upper()
