"""Serving, from the settings to the last line: what `make serve` and `onlooker serve` have in common."""

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import NamedTuple

from detector.errors import SettingError

from . import embedding, room
from .server import Server, Site


class Serving(NamedTuple):
    """The settings, as they are written.

    host: an address of this machine; 0.0.0.0 for a room. allow_embed: origins. certificate: where that is kept.
    spelled: how one asks for settings here, as in `PORT=8001 make serve`.
    """

    host: str
    port: str
    https: bool
    allow_embed: str
    certificate: Path
    spelled: Callable[..., str]


def serve(site: Site, chosen: Serving, meanwhile: AbstractContextManager[object] | None = None) -> int:
    """Serve until Ctrl-C; 0. Raises SettingError.

    meanwhile: entered once the address has been printed, left at the end.
    """
    if not chosen.port.isdecimal() or int(chosen.port) > 65535:
        raise SettingError(
            f"{chosen.spelled(port=chosen.port)}: that is not a port.",
            "Take a number from 1 to 65535, or 0 for any free one.",
        )
    embedders = embedding.origins(chosen.allow_embed)
    others = room.reachable(chosen.host)
    tls, fingerprint = None, ""
    if chosen.https:
        from . import certificate  # needs a package that nothing else does

        secure = certificate.ensure(room.names(others), chosen.certificate)
        tls, fingerprint = secure.context(), secure.fingerprint
    try:
        server = Server(chosen.host, int(chosen.port), site, tls=tls, embedders=embedders)
    except OSError as error:
        raise SettingError(
            f"The address {chosen.host}:{chosen.port} can't be had: {error.strerror or error}.",
            "If another program (or another Onlooker) uses the port, choose one: "
            f"{chosen.spelled(port='8001')}, or {chosen.spelled(port='0')} for any free one.",
        ) from error
    with server:
        print(f"Onlooker is at {server.address}  (Ctrl-C stops it)")
        if others:
            urls = [server.url(address) for address in others]
            print(*room.invitation(urls, qr=room.can_show_qr(sys.stdout)), sep="\n")
        if fingerprint:
            print(*room.about_certificate(fingerprint), sep="\n")
        elif others:
            command = chosen.spelled(https="1", host="0.0.0.0")
            print(*(line.format(command=command) for line in room.ABOUT_HTTP), sep="\n")
        if embedders:
            print(f"May be embedded by {', '.join(embedders)}")
        sys.stdout.flush()
        try:
            with meanwhile or nullcontext():
                server.serve_forever()
        except KeyboardInterrupt:
            print("\nstopped")
    return 0
