"""`make pictures`: the README's pictures, of the page as it is, in front of photographs that may be shown to everybody.

    docs/onlooker.webp      the page at work, a camera passing by them: frames of the screen, each as long as it stood
    docs/screenshot.png     the same with the panel open

What they show is measured by the page itself: take them on a machine that does nothing else.
"""

import base64
import io
import os
import threading
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from tools.common import files, paths, progress
from tools.common.progress import SetupError
from tools.measure import soak
from tools.serve.server import make_server
from tools.setup import chromium, photos

MOVING, STILL = "onlooker.webp", "screenshot.png"
SHOWN = ("coffee", "chelsea", "astronaut")  # CC0 and public domain
FOUND = ("cup", "cat", "person")  # on them
CAMERA = (960, 540)
FRAMES = 420  # of the camera: fourteen seconds, at thirty a second
WINDOW, WIDE_WINDOW = (720, 520), (1280, 800)
SECONDS = 8.0
EVERY_MS = 160
SMALL = (600, 433)
QUALITY = 40
MOST_BYTES = 1_000_000

# Resolves once a thing of that name was found.
UNTIL = """
(label) => new Promise((resolve) => {
  document.addEventListener("detector:result", function look({ detail }) {
    if (!detail.detections.some((one) => one.class === label)) return;
    document.removeEventListener("detector:result", look);
    resolve();
  });
})
"""


def run(arguments: Sequence[str]) -> int:
    """Take them anew, into docs/."""
    from tools.setup import steps as setup

    setup.ensure(tests=True)
    for path in take(paths.ROOT / "docs"):
        print(f"{path.relative_to(paths.ROOT)}  {progress.readable(path.stat().st_size)}")
    return 0


def take(folder: Path) -> list[Path]:
    """Write both into `folder`. Raises `SetupError` where the moving one has become too large."""
    film = paths.CACHE / "pictures" / "film.mjpeg"
    film.parent.mkdir(parents=True, exist_ok=True)
    with film.open("wb") as stream:
        for frame in passing_by():
            frame.save(stream, "JPEG", quality=92)
    flags = [*soak.QUIET, *soak.camera_flags(film)]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        flags.append("--no-sandbox")
    with make_server(port=0) as server, sync_playwright() as playwright:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser = playwright.chromium.launch(executable_path=str(chromium.ensure()), args=flags)
        try:
            return [
                _moving(browser, server.address, folder / MOVING),
                _still(browser, server.address, folder / STILL),
            ]
        finally:
            browser.close()
            server.shutdown()


def passing_by() -> Iterator[Image.Image]:
    """What the camera sees: the photographs beside each other; it goes along them and back, slowly at the ends."""
    width, height = CAMERA
    scaled = []
    for path in photos.fetch_photos(paths.CACHE / "photos", SHOWN):
        with Image.open(path) as stored:
            size = (round(stored.width * height / stored.height), height)
            scaled.append(stored.convert("RGB").resize(size))
    strip = Image.new("RGB", (sum(photo.width for photo in scaled), height))
    at = 0
    for photo in scaled:
        strip.paste(photo, (at, 0))
        at += photo.width
    for number in range(FRAMES):
        part = 1 - abs(1 - 2 * number / FRAMES)
        x = round((strip.width - width) * part * part * (3 - 2 * part))
        yield strip.crop((x, 0, x + width, height))


def _opened(browser: Browser, address: str, size: tuple[int, int]) -> Page:
    """The page in front of the camera, which has been along all that is shown once: what grows warm is warm."""
    viewport = ViewportSize(width=size[0], height=size[1])
    page = browser.new_context(viewport=viewport, permissions=["camera"]).new_page()
    page.goto(f"{address}?mirror=0")
    page.locator("html[data-ready]").wait_for(state="attached")
    page.click("#start")
    for label in FOUND:
        page.evaluate(UNTIL, label)
    return page


def _moving(browser: Browser, address: str, target: Path) -> Path:
    page = _opened(browser, address, WINDOW)
    shots: list[tuple[float, Image.Image]] = []  # when each was on the screen, in s
    waiting: list[dict[str, Any]] = []
    session = page.context.new_cdp_session(page)
    session.on("Page.screencastFrame", lambda shot: waiting.append(shot))
    session.send("Page.startScreencast", {"format": "jpeg", "quality": 95})
    while not shots or shots[-1][0] - shots[0][0] < SECONDS:
        page.evaluate("new Promise(requestAnimationFrame)")
        while waiting:
            shot = waiting.pop(0)
            session.send("Page.screencastFrameAck", {"sessionId": shot["sessionId"]})
            at = shot["metadata"]["timestamp"]
            if not shots or 1000 * (at - shots[-1][0]) >= EVERY_MS:
                whole = Image.open(io.BytesIO(base64.b64decode(shot["data"])))
                shots.append((at, whole.resize(SMALL, Image.Resampling.LANCZOS)))
    session.send("Page.stopScreencast")
    page.context.close()
    return write_moving(target, shots)


def write_moving(target: Path, shots: Sequence[tuple[float, Image.Image]]) -> Path:
    """Pictures and when each was on the screen, in s, as an animation that goes on for ever. Raises `SetupError`."""
    times = [time for time, _ in shots]
    lasts = [max(20, round(1000 * (after - before))) for before, after in pairwise([*times, times[-1] + 0.1])]
    stream = io.BytesIO()
    first, *others = [picture for _, picture in shots]
    first.save(
        stream, "WEBP", save_all=True, append_images=others, duration=lasts, loop=0, quality=QUALITY, method=6
    )
    if stream.tell() >= MOST_BYTES:
        raise SetupError(f"{target.name} has become {stream.tell()} bytes: lower QUALITY or SECONDS.")
    return files.write(target, stream.getvalue())


def _still(browser: Browser, address: str, target: Path) -> Path:
    page = _opened(browser, address, WIDE_WINDOW)
    page.click("#more")
    page.locator("#panel").wait_for()
    page.evaluate(UNTIL, FOUND[0])
    picture = Image.open(io.BytesIO(page.screenshot()))
    page.context.close()
    stream = io.BytesIO()
    # 256 colours: the README is read over short lines, too
    picture.convert("RGB").quantize(256, dither=Image.Dither.FLOYDSTEINBERG).save(
        stream, "PNG", optimize=True
    )
    return files.write(target, stream.getvalue())
