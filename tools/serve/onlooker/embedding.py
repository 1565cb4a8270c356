"""Who may show the page inside of their own: a setting of the server, embedding.json of a bundle.

allowed = origins("https://a.example https://b.example:8443")
policy(CONTENT_SECURITY_POLICY, allowed)   # with frame-ancestors 'self' and those
listed(allowed)                            # embedding.json, which the page asks by itself (web/framed.js)
"""

import json
from urllib.parse import urlsplit

from detector.errors import SettingError

NAME = "embedding.json"
# What a page of another origin fetches: the frame's document, and the element's code.
FOR_OTHERS = ("/", "/index.html", "/web/embed.js")


def origins(text: str) -> tuple[str, ...]:
    """The origins in a text, as browsers write them; `*` is anybody. Raises SettingError."""
    return tuple(dict.fromkeys(_origin(word) for word in text.replace(",", " ").split()))


def _origin(word: str) -> str:
    if word == "*":
        return word
    try:
        parts = urlsplit(word)
        host, port = parts.hostname, parts.port
    except ValueError:
        parts, host, port = urlsplit(""), None, None
    if (
        parts.scheme not in ("http", "https")
        or not host
        or parts.path.strip("/")
        or parts.query
        or parts.username
    ):
        raise SettingError(
            f"Who may embed the page: “{word}” is no origin.",
            "Write scheme and host, and the port if it has one, with spaces between several: "
            '"https://a.example http://localhost:8001".',
        )
    if not all(letter.isalnum() or letter in "-._:" for letter in host):
        raise SettingError(f"Who may embed the page: “{word}” has a host that is no name of one.")
    shown = f"[{host}]" if ":" in host else host.encode("idna").decode()
    usual = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{shown}" + (f":{port}" if port not in (None, usual) else "")


def policy(base: str, allowed: tuple[str, ...]) -> str:
    """The content security policy with these as frame ancestors, beside the page's own origin."""
    return base.replace("frame-ancestors 'self'", " ".join(["frame-ancestors 'self'", *allowed]))


def listed(allowed: tuple[str, ...] = ()) -> bytes:
    """embedding.json."""
    return (json.dumps({"allow": list(allowed)}) + "\n").encode()


def headers(path: str, origin: str, allowed: tuple[str, ...]) -> dict[str, str]:
    """More headers for a path, where somebody may embed: so that their page may load it, under its own policies."""
    if not allowed or path not in FOR_OTHERS:
        return {}
    more = {"Cross-Origin-Resource-Policy": "cross-origin", "Vary": "Accept-Encoding, Origin"}
    if origin and (origin in allowed or "*" in allowed):
        more["Access-Control-Allow-Origin"] = origin
    return more
