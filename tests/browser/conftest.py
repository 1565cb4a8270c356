"""A server, three browsers (plain, with a camera, with software WebGPU and WebGL) and pages that keep a record.

Every page opened here fails its test if it broke the content security policy, asked another origin for anything,
or reported an error that the test did not expect.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Playwright, Route, expect, sync_playwright

from tests.browser.live_page import LIMIT_S, LivePage
from tests.browser.pictures import pan_over, scene, write_mjpeg
from tools.common import paths
from tools.runtime import fits
from tools.runtime.snapshot import build as snapshot
from tools.serve.onlooker.server import Server
from tools.serve.server import make_server
from tools.setup import chromium, vendoring

expect.set_options(timeout=1000 * LIMIT_S)

QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-sandbox",
)


@pytest.fixture(scope="session")
def photo_folder() -> Path:
    """Photographs from packages, checked by their hashes."""
    return paths.PHOTOS


@contextmanager
def serving(folders: dict[str, Path]) -> Iterator[Server]:
    """The project's own server, with more folders."""
    with make_server(port=0, extra=folders) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture(scope="session")
def server(photo_folder: Path) -> Iterator[Server]:
    """The photographs stand beside the page."""
    with serving({"/photos/": photo_folder}) as running:
        yield running


@pytest.fixture(scope="session")
def untouched_runtime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """vendor/ort as set-up makes it for a version of onnxruntime-web that none of our changes fit."""
    folder = tmp_path_factory.mktemp("ort")
    source, names = vendoring.COPIED["ort"]
    for name in names:
        vendoring.copy(paths.NODE_MODULES / source / name, folder / name)
    vendoring.change_runtime(folder, fits.NONE)
    snapshot.without(folder)
    return folder


@pytest.fixture(scope="session")
def untouched_server(photo_folder: Path, untouched_runtime: Path) -> Iterator[Server]:
    """The same, with that folder in the place of vendor/ort."""
    with serving({"/photos/": photo_folder, "/vendor/ort/": untouched_runtime}) as running:
        yield running


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def launch(playwright: Playwright) -> Iterator[Callable[..., Browser]]:
    """Start a Chromium with further flags; all are closed at the end."""
    with ExitStack() as stack:

        def start(*flags: str) -> Browser:
            browser = playwright.chromium.launch(
                executable_path=str(chromium.ensure()), args=[*QUIET, *flags]
            )
            stack.callback(browser.close)
            return browser

        yield start


@pytest.fixture(scope="session")
def browser(launch: Callable[..., Browser]) -> Browser:
    """Without a camera and without a GPU."""
    return launch()


@pytest.fixture(scope="session")
def gpu_browser(launch: Callable[..., Browser]) -> Browser:
    """With WebGPU and WebGL in software: right, and slow."""
    return launch(*chromium.SOFTWARE_GPU)


@pytest.fixture(scope="session")
def camera_film(photo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the fake camera shows: a slow pan over a photograph of a person, 640 x 480."""
    film = tmp_path_factory.mktemp("camera") / "pan.mjpeg"
    write_mjpeg(film, pan_over(photo_folder / "astronaut.png", frames=60, size=(640, 480)))
    return film


CAMERA = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")


@pytest.fixture(scope="session")
def camera_browser(launch: Callable[..., Browser], camera_film: Path) -> Browser:
    """With a camera that it may use without asking."""
    return launch(*CAMERA, f"--use-file-for-fake-video-capture={camera_film}")


@pytest.fixture(scope="session")
def camera_on_gpu(launch: Callable[..., Browser], camera_film: Path) -> Browser:
    """The same, with WebGPU in software."""
    return launch(*chromium.SOFTWARE_GPU, *CAMERA, f"--use-file-for-fake-video-capture={camera_film}")


@pytest.fixture(scope="session")
def camera_showing(
    launch: Callable[..., Browser], photo_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Browser]:
    """A browser whose camera shows a scene of `pictures.scene`, by name."""
    started: dict[str, Browser] = {}

    def showing(name: str) -> Browser:
        if name not in started:
            film = tmp_path_factory.mktemp("camera") / "scene.mjpeg"
            write_mjpeg(film, scene(name, photo_folder / "astronaut.png"))
            started[name] = launch(*CAMERA, f"--use-file-for-fake-video-capture={film}")
        return started[name]

    return showing


def visitor(server: Server, browser: Browser) -> Iterator[Callable[..., LivePage]]:
    """`visit("?threshold=0.3", using=..., init=...)` opens the page and gives a LivePage; all must end clean.

    route: (pattern, handler) of requests to meddle with. stopped_clock: timers run only as the test says.
    """
    opened: list[LivePage] = []
    with ExitStack() as stack:

        def open_page(
            address: str = "",
            *,
            using: Browser | None = None,
            init: str = "",
            route: tuple[str, Callable[[Route], object]] | None = None,
            stopped_clock: bool = False,
            **context: Any,
        ) -> LivePage:
            # A service worker would answer in place of the server that the test meddles with.
            made = (using or browser).new_context(**{"service_workers": "block"} | context)
            stack.callback(made.close)
            live = LivePage(made.new_page(), server.address, init)
            opened.append(live)
            if route:
                live.page.route(*route)
            if stopped_clock:
                live.page.clock.install()
            live.open(address)
            return live

        yield open_page
        for live in opened:
            live.assert_clean()


@pytest.fixture
def visit(server: Server, browser: Browser) -> Iterator[Callable[..., LivePage]]:
    """Opens pages for one test."""
    yield from visitor(server, browser)


@pytest.fixture(scope="module")
def visit_for_module(server: Server, browser: Browser) -> Iterator[Callable[..., LivePage]]:
    """Opens pages for a module's tests together."""
    yield from visitor(server, browser)


@pytest.fixture
def visit_untouched(untouched_server: Server, browser: Browser) -> Iterator[Callable[..., LivePage]]:
    """Opens pages on onnxruntime-web as it comes from npm, for one test."""
    yield from visitor(untouched_server, browser)
