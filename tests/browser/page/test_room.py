"""The page on another machine of the room: over http without a camera, over https past the browser's warning."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error

from tests.browser.conftest import CAMERA
from tests.browser.live_page import LivePage
from tools.serve.onlooker import certificate, room
from tools.serve.onlooker.server import Server
from tools.serve.server import make_server


@contextmanager
def opened(browser: Browser, server: Server) -> Iterator[LivePage]:
    """The page under a name that is not this machine's own; it must end clean."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    with server, ExitStack() as stack:
        thread.start()
        stack.callback(thread.join)
        stack.callback(server.shutdown)
        context = stack.enter_context(browser.new_context())
        live = LivePage(context.new_page(), server.url("workshop"))
        yield live
        live.assert_clean()


@pytest.fixture(scope="module")
def visitor(launch: Callable[..., Browser], camera_film: Path) -> Browser:
    """A browser with a camera that knows this machine as "workshop", and as nothing more trustworthy."""
    return launch(
        *CAMERA,
        f"--use-file-for-fake-video-capture={camera_film}",
        "--host-resolver-rules=MAP workshop 127.0.0.1",
    )


def test_over_http_photos_work_and_the_camera_says_what_it_needs(
    visitor: Browser, photo_folder: Path
) -> None:
    with opened(visitor, make_server(port=0)) as live:
        live.expected_errors = ("Cross-Origin-Opener-Policy header has been ignored",)
        live.open("")
        live.until_python()
        live.give_files(photo_folder / "chelsea.png")
        live.until("ready")
        assert live.labels()[0] == "cat"
        live.start()
        live.page.wait_for_selector("#error:not([hidden])")
        assert "https" in live.error_text


def test_over_https_the_camera_runs_after_the_two_clicks_that_the_server_names(
    visitor: Browser, tmp_path: Path
) -> None:
    made = certificate.ensure(["workshop"], tmp_path / "onlooker.pem")
    advice = next(line for line in room.about_certificate(made.fingerprint) if "Chrome" in line)
    with opened(visitor, make_server(port=0, tls=made.context())) as live:
        with pytest.raises(Error, match="ERR_CERT_AUTHORITY_INVALID"):
            live.open("")
        for button in ("#details-button", "#proceed-link"):
            assert live.page.inner_text(button).split()[0] in advice
            live.page.click(button)
        # Chromium runs no service worker behind a certificate that it was only told to accept.
        # Nor does it load a thread over a new connection there; then the network is opened once more.
        live.expected_errors += (
            "An SSL certificate error occurred when fetching the script",
            "worker sent an error! undefined:undefined: undefined",
        )
        live.until_python()
        assert live.page.evaluate("[isSecureContext, crossOriginIsolated]") == [True, True]
        live.start()
        live.until("running")
        live.until_results(2)
        assert "person" in live.labels()
        live.stop()
