"""The whole product as an npm package: dist/onlooker-VERSION.tgz.

    import "onlooker/embed.js"   the element, with its types (embed.d.ts)
    site/                        the page as in the zip for hosts: to be copied to where the project's static files are

The element is the page's own site/web/embed.js, so that both are of one release. Brotli forms stay out: what a project
serves with makes its own. The same files give the same bytes.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from detector.version import VERSION
from tools.common import files
from tools.release import packages

NAME = f"onlooker-{VERSION}.tgz"
FOLDER = "package"  # npm strips one folder, and makes it of this name itself
SITE = "site"
TEXTS = ("README.md", "embed.d.ts")
PAPERS = ("LICENSE", "NOTICE")


def manifest() -> dict[str, object]:
    """package.json, in npm's words."""
    element = {"types": "./embed.d.ts", "default": f"./{SITE}/web/embed.js"}
    return {
        "name": "onlooker",
        "version": VERSION,
        "description": "Watches a webcam and names what it sees, entirely in the browser: an element and its page",
        "license": "Apache-2.0",
        "type": "module",
        "exports": {"./embed.js": element, f"./{SITE}/*": f"./{SITE}/*", "./package.json": "./package.json"},
        "sideEffects": [
            f"./{SITE}/web/embed.js"
        ],  # a bundler must not drop an import for the element's sake alone
    }


def write(target: Path, bundled: Mapping[str, bytes]) -> Path:
    """The tarball. bundled: the files of the zip for hosts, by name (bundle.contents.everything)."""
    own = Path(__file__).parent
    found = {"package.json": (json.dumps(manifest(), indent=2) + "\n").encode()}
    found |= {name: (own / name).read_bytes() for name in TEXTS}
    found |= {name: bundled[name] for name in PAPERS}
    found |= {f"{SITE}/{name}": data for name, data in bundled.items() if not name.endswith(".br")}
    return files.write(target, packages.tarball((f"{FOLDER}/{name}", found[name]) for name in sorted(found)))
