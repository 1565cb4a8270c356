"""What `make serve` tells a room: where the page is, as text and as a QR code, and what browsers will say."""

import ipaddress
import os
import pty
import re
import socket
import subprocess
import sys

import pytest
import zxingcpp
from PIL import Image, ImageDraw

from tools.common import paths
from tools.common.progress import SetupError
from tools.serve import server as serve
from tools.serve.onlooker import room

SERVE = "import sys; from tools.serve import server; sys.exit(server.main())"
CELL = 8  # pixels of one half of a character, when a test draws a terminal
STYLE = re.compile(r"\x1b\[([\d;]*)m")


def drawn(lines: list[str], theme: str) -> Image.Image:
    """The lines as a terminal of a theme would show them: 256-colour codes, everything else in the theme's."""
    ink, ground = {"dark": ("#dddddd", "#101010"), "light": ("#222222", "#fafafa")}[theme]
    colours = {"16": "#000000", "231": "#ffffff"}
    width = max(len(STYLE.sub("", line)) for line in lines)
    picture = Image.new("RGB", ((width + 8) * CELL, (len(lines) + 4) * 2 * CELL), ground)
    pen = ImageDraw.Draw(picture)
    for number, line in enumerate(lines):
        x, y = 4 * CELL, (number + 2) * 2 * CELL
        front, back = ink, ground
        for index, part in enumerate(STYLE.split(line)):
            if index % 2:
                codes = part.split(";")
                chosen = dict(zip(codes[0::3], codes[2::3], strict=True)) if len(codes) > 1 else {}
                front, back = (
                    colours[chosen["38"]] if chosen else ink,
                    colours[chosen["48"]] if chosen else ground,
                )
                continue
            for character in part:
                upper, lower = (front if character in half else back for half in ("▀█", "▄█"))
                pen.rectangle((x, y, x + CELL - 1, y + CELL - 1), fill=upper)
                pen.rectangle((x, y + CELL, x + CELL - 1, y + 2 * CELL - 1), fill=lower)
                x += CELL
    return picture


def read_codes(picture: Image.Image) -> list[str]:
    """What a reader that knows only dark codes on light ground finds."""
    return [code.text for code in zxingcpp.read_barcodes(picture, try_invert=False)]


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("url", ["http://192.168.178.23:8000/", "https://[fd12:3456:789a:1::1]:65535/"])
def test_a_reader_finds_the_address_on_every_theme(url: str, theme: str) -> None:
    assert read_codes(drawn(room.qr_lines(url), theme)) == [url]


def test_the_reader_here_needs_dark_on_light() -> None:
    """So that the test above can fail: without its colours, the code is lost in a dark terminal."""
    bare = [STYLE.sub("", line) for line in room.qr_lines("http://192.168.178.23:8000/")]
    assert read_codes(drawn(bare, "dark")) == []


def test_the_code_has_its_quiet_zone() -> None:
    rows = [STYLE.sub("", line) for line in room.qr_lines("http://10.0.0.1:8000/")]
    assert {len(row) for row in rows} == {len(rows[0])}
    assert rows[0].strip() == rows[1].strip() == rows[-1].strip() == ""
    assert all(row.startswith(" " * 4) and row.endswith(" " * 4) for row in rows)


def said(*, terminal: bool, **environment: str) -> str:
    """What the serve command prints until it answers, on a terminal or into a pipe."""
    variables = {
        **os.environ,
        "HOST": "0.0.0.0",
        "PORT": "0",
        "HTTPS": "",
        "TERM": "xterm-256color",
        **environment,
    }
    reading, writing = pty.openpty() if terminal else os.pipe()
    command = [sys.executable, "-X", "utf8", "-c", SERVE]
    with subprocess.Popen(command, cwd=paths.ROOT, env=variables, stdout=writing) as process:
        os.close(writing)
        text = b""
        try:
            # all of it is written in one go, before the server answers
            while not text.endswith(b"make serve\n") and not text.endswith(b"make serve\r\n"):
                text += os.read(reading, 65536) or pytest.fail(f"ended with {text.decode()}")
        finally:
            process.terminate()
            os.close(reading)
    return text.decode().replace("\r\n", "\n")


def test_on_a_terminal_the_room_gets_a_code_for_the_address_that_is_printed() -> None:
    text = said(terminal=True)
    (url,) = re.findall(r"Others in this network find it at (\S+)", text)
    assert url.split("//")[1].split(":")[0] in [*room.addresses(), socket.gethostname()]
    code = [line for line in text.splitlines() if line.startswith("\x1b[")]
    assert read_codes(drawn(code, "dark")) == [url]
    assert "only over https" in text and "HTTPS=1 HOST=0.0.0.0 make serve" in text


@pytest.mark.parametrize(
    "how",
    [
        {"terminal": False},
        {"terminal": True, "TERM": "dumb"},
        {"terminal": True, "PYTHONIOENCODING": "ascii"},
    ],
)
def test_where_a_code_cannot_be_shown_the_text_stands_alone(how: dict[str, object]) -> None:
    text = said(**how)  # type: ignore[arg-type]
    assert "Others in this network find it at http://" in text
    assert "\x1b" not in text and "█" not in text


def test_a_server_for_this_machine_alone_invites_nobody() -> None:
    for host in ("127.0.0.1", "127.1.2.3", "::1", "localhost"):
        assert room.reachable(host) == []
    assert room.reachable("192.168.1.5") == ["192.168.1.5"]
    assert room.reachable("workshop.local") == ["workshop.local"]
    assert room.reachable("0.0.0.0") == room.reachable("") == (room.addresses() or [socket.gethostname()])


@pytest.mark.parametrize("version", [4, 6])
def test_addresses_are_this_machines_and_reachable_by_others(version: int) -> None:
    for address in room.addresses(version):
        parsed = ipaddress.ip_address(address)
        assert parsed.version == version
        assert not parsed.is_loopback and not parsed.is_link_local
        family = socket.AF_INET6 if version == 6 else socket.AF_INET
        with socket.socket(family) as probe:
            probe.bind((address, 0))  # only an address of this machine can be bound


def test_the_way_out_comes_first_and_the_others_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    class Entry:
        def __init__(self, ip: object) -> None:
            self.ip = ip

    class Adapter:
        def __init__(self, name: str, *ips: object) -> None:
            self.name, self.ips = name, [Entry(ip) for ip in ips]

    here = [
        Adapter("lo", "127.0.0.1", ("::1", 0, 0)),
        Adapter("docker0", "172.17.0.1"),
        Adapter("eth0", "10.0.0.7", "169.254.3.4"),
        Adapter("wlan0", "192.168.1.5", ("fe80::1", 0, 3), ("2001:db8::5", 0, 0)),
    ]
    monkeypatch.setattr("ifaddr.get_adapters", lambda: here)
    monkeypatch.setattr(room, "_outward", lambda: "192.168.1.5")
    assert room.addresses() == ["192.168.1.5", "10.0.0.7"]
    assert room.addresses(6) == ["2001:db8::5"]
    monkeypatch.setattr(room, "_outward", lambda: "")  # a room without a way out
    assert room.addresses() == ["10.0.0.7", "192.168.1.5"]
    lines = list(room.invitation(["http://a/", "http://b/"], qr=False))
    assert lines[1:] == [
        "Others in this network find it at http://a/",
        "or, where that is another network, at http://b/",
    ]


@pytest.mark.parametrize(("value", "wanted"), [("", False), ("0", False), ("1", True), ("yes", True)])
def test_https_is_asked_for_in_words_or_digits(value: str, wanted: bool) -> None:
    assert serve.wants_https(value) is wanted
    with pytest.raises(SetupError, match="HTTPS=maybe is neither 1 nor 0"):
        serve.wants_https("maybe")
