"""A room full of people who want to open the page: where they find it, as text and as a QR code."""

import os
import socket
import sys
from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from typing import TextIO

# Beginnings of the names of interfaces to containers, virtual machines and tunnels: nobody in the room is there.
VIRTUAL = tuple("br- docker lxc lxd podman tailscale tun utun vboxnet veth virbr vmnet wg".split())
SOMEWHERE = ("192.0.2.1", 9)  # kept for documentation (RFC 5737); nothing is sent there
QUIET_ZONE = 4  # modules around a QR code that have to be light (ISO/IEC 18004)
# Black and white of the 256 colours, which themes leave alone, unlike the first sixteen. Both are set, so that the
# code is dark on light in every terminal: many readers know no other.
DARK_ON_LIGHT, PLAIN = "\x1b[38;5;16;48;5;231m", "\x1b[0m"

ABOUT_HTTP = (
    "There photos, videos and samples work, the camera does not: browsers give it to a page only over https, or on",
    "the machine itself (localhost). For cameras, let this server make a certificate: {command}",
)


def reachable(host: str) -> list[str]:
    """Where other machines find a server that listens at `host`, the likeliest first; [] if they can't."""
    if host == "localhost":
        return []
    try:
        address = ip_address(host or "0.0.0.0")
    except ValueError:
        return [host]
    if address.is_loopback:
        return []
    if not address.is_unspecified:
        return [host]
    return addresses(address.version) or [socket.gethostname()]


def names(others: list[str]) -> list[str]:
    """All names that a certificate has to have: this machine's for itself, and `others`."""
    own = socket.gethostname()
    return ["localhost", "127.0.0.1", "::1", own, *([] if "." in own else [f"{own}.local"]), *others]


def addresses(version: int = 4) -> list[str]:
    """This machine's IP addresses (of `version` 4 or 6) that others can use, the likeliest first.

    Found without sending anything: the interfaces are asked, and which of them leads to the world.
    """
    import ifaddr

    found = []
    for adapter in ifaddr.get_adapters():
        if adapter.name.lower().startswith(VIRTUAL):
            continue
        for entry in adapter.ips:
            address = ip_address(entry.ip if isinstance(entry.ip, str) else entry.ip[0])
            if address.version == version and not address.is_loopback and not address.is_link_local:
                found.append(str(address))
    outward = _outward() if version == 4 else ""
    return sorted(dict.fromkeys(found), key=lambda address: address != outward)


def _outward() -> str:
    """The address that packets to the world would come from, or "" where there is no way out."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(SOMEWHERE)  # with UDP that only chooses a route
        except OSError:
            return ""
        return str(probe.getsockname()[0])


def qr_lines(text: str) -> list[str]:
    """A QR code for a terminal: two rows of modules in each line of text, dark on light, quiet zone included."""
    import segno

    code = segno.make(text, micro=False)  # not every reader knows the small ones
    rows = [bytes(row) for row in code.matrix_iter(border=QUIET_ZONE)]
    rows += [bytes(len(rows[0]))] * (len(rows) % 2)
    pairs = zip(rows[::2], rows[1::2], strict=True)
    return [
        DARK_ON_LIGHT + "".join(" ▄▀█"[2 * up + down] for up, down in zip(*pair, strict=True)) + PLAIN
        for pair in pairs
    ]


def can_show_qr(stream: TextIO = sys.stdout, environment: Mapping[str, str] = os.environ) -> bool:
    """Is `stream` a terminal that knows colours and block characters?"""
    if not stream.isatty() or environment.get("TERM") == "dumb":
        return False
    try:
        "▀▄█".encode(stream.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True


def invitation(urls: list[str], *, qr: bool) -> Iterator[str]:
    """The lines that a host shows or reads to the room."""
    yield ""
    yield f"Others in this network find it at {urls[0]}"
    if qr:
        yield from ("", *qr_lines(urls[0]), "")
    if urls[1:]:
        yield f"or, where that is another network, at {' or '.join(urls[1:])}"


def about_certificate(fingerprint: str) -> Iterator[str]:
    """What to press when a browser warns of a certificate that nobody else signed."""
    yield ""
    yield "Each browser warns once, because this machine signed its certificate itself. To go on, press"
    yield "  Chrome, Edge   Advanced, then Proceed (or Continue)"
    yield "  Firefox        Advanced, then Accept the Risk and Continue"
    yield "  Safari         Show Details, then visit this website"
    yield "To be sure that it is this machine, compare the certificate's SHA-256 fingerprint:"
    yield from (f"  {fingerprint[:47]}", f"  {fingerprint[48:]}")
    yield "Behind such a warning the camera works, but Chrome keeps nothing for later visits without a network."
