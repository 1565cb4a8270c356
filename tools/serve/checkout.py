"""A copy of the project as a site: its files as they are now, and those that are made from them."""

from collections.abc import Mapping
from pathlib import Path

from tools.serve import content, generated
from tools.serve.onlooker.content import Content


class Checkout:
    """A site of `root`; `extra` maps more URL prefixes ("/oracle/") to folders, for tests and benches."""

    def __init__(self, root: Path, extra: Mapping[str, Path]) -> None:
        self.root, self.extra = root, dict(extra)

    def find(self, path: str, *, brotli: bool) -> Content | None:
        """What is made comes first: nothing of that name lies in the folder."""
        name = path.removeprefix("/")
        made = generated.make(name, self.root)
        if made is not None:
            return generated.load(name, made, brotli=brotli)
        file = content.resolve(path, self.root, self.extra)
        return None if file is None else content.load(file, brotli=brotli)
