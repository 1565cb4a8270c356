"""dist/onlooker.html: the whole page in one document, which a double click opens, without a server or a network.

Each file of the page is in an element of its own, packed with gzip, as base64. seam.js gives them to whoever asks:

    <script type="application/octet-stream" data-file="web/boot.js" data-type="text/javascript">H4sI…</script>

The same files give the same document, byte for byte.
"""

import base64
import gzip
import re
from pathlib import Path

from tools.common import files, paths, progress
from tools.common.progress import SetupError
from tools.release.one_file import contents
from tools.serve.generated import hash_of
from tools.serve.onlooker.content import mime_type

NAME = "onlooker.html"
LARGEST = 14_000_000  # bytes
HERE = Path(__file__).parent
FIRST = "web/boot.js"  # runs while the rest is still being read

POLICY = (
    "default-src 'none'; script-src '{script}' blob: 'wasm-unsafe-eval'; style-src '{style}'; "
    "img-src blob: data:; media-src blob:; worker-src blob:; base-uri 'none'; form-action 'none'"
)
ABOUT_PROVIDERS = '<p class="quiet hint" id="wasm-alone">This file brings WebAssembly alone.</p>'
ABOUT_STUDIO = (
    '<p class="quiet" id="no-studio">This file has no studio: it comes with the page on a server.</p>'
)
ABOUT_LICENCES = (
    f'<h2>Licences</h2>\n    <details id="licences"><summary>Whose works are in this file</summary>'
    f'<pre data-text="{contents.LICENCES}" tabindex="0"></pre></details>'
)


def build(folder: Path) -> Path:
    """Write the document into `folder`. Raises `SetupError` where it has grown too large, or index.html has changed."""
    with progress.step("one file") as step:
        made = document((paths.ROOT / "index.html").read_text("utf-8"), contents.everything()).encode()
        if len(made) > LARGEST:
            raise SetupError(
                f"{NAME} would have {len(made)} bytes, more than the {LARGEST} that it may have."
            )
        target = files.write(folder / NAME, made)
        step.add(target)
    return target


def document(page: str, found: dict[str, bytes]) -> str:
    """index.html with everything in it. page: its text; found: all files that it may ask for, by name."""
    seam = (HERE / "seam.js").read_text("utf-8")
    style = (paths.ROOT / "web/style.css").read_text("utf-8") + (HERE / "extra.css").read_text("utf-8")
    icon = base64.b64encode((paths.ROOT / "web/icon.svg").read_bytes()).decode()
    if "</" in seam + style:
        raise SetupError("seam.js or a style sheet has “</” in it, which would end its element.")
    policy = POLICY.format(script=hash_of(seam.encode()), style=hash_of(style.encode()))
    page = re.sub(r'^  <(?:link|script(?! type="mpy"))\b.*\n', "", page, flags=re.MULTILINE)
    page = _with(page, r'(<meta http-equiv="Content-Security-Policy" content=")[^"]+', policy)
    page = _with(page, r"(<html )", "data-one-file ")
    head = f'  <link rel="icon" href="data:image/svg+xml;base64,{icon}">\n  <style>{style}</style>\n</head>'
    page = _with(page, r"</head>", head)
    for provider in ("webgpu", "webgl"):
        page = _with(page, rf'<option value="{provider}">\w+</option>', "")
    page = _with(page, r'(<select id="set-provider".*?</select>)', f"\n      {ABOUT_PROVIDERS}")
    page = _with(page, r'(<div id="studio">)', f"\n      {ABOUT_STUDIO}")
    page = _with(page, r"  </aside>", f"    {ABOUT_LICENCES}\n  </aside>")
    return _with(page, r"</body>", "\n".join([*_elements(found, seam), '<i id="end" hidden></i>', "</body>"]))


def _with(page: str, pattern: str, text: str) -> str:
    """The page with `text` in its one place that looks like `pattern`, after the pattern's group if it has one."""
    changed, count = re.subn(pattern, lambda match: "".join([*match.groups(), text]), page, flags=re.DOTALL)
    if count != 1:
        raise SetupError(f"index.html has {count} places like {pattern}, and {NAME} is made by changing one.")
    return changed


def _elements(found: dict[str, bytes], seam: str) -> list[str]:
    """What starts the page, then all others, the smallest first: Python is up while the network is still being read."""
    made = {name: _element(name, data) for name, data in found.items()}
    others = sorted(made.keys() - {FIRST}, key=lambda name: (len(made[name]), name))
    return [made[FIRST], f"<script>{seam}</script>", *(made[name] for name in others)]


def _element(name: str, data: bytes) -> str:
    packed = base64.b64encode(gzip.compress(data, 9, mtime=0)).decode()
    kind = mime_type(Path(name)).partition(";")[0]
    return f'<script type="application/octet-stream" data-file="{name}" data-type="{kind}">{packed}</script>'
