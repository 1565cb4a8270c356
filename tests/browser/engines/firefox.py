"""Firefox without a window, by WebDriver BiDi, which it speaks itself."""

import json
import tempfile
from pathlib import Path

from tests.browser.engines.bidi import BiDi
from tests.browser.engines.process import Program

PREFERENCES = {
    # Its own camera: colour bars that change, given without a question.
    "media.navigator.streams.fake": True,
    "media.navigator.permission.disabled": True,
    # What a fresh profile asks the network for.
    "app.normandy.enabled": False,
    "app.update.disabledForTesting": True,
    "browser.region.network.url": "",
    "browser.safebrowsing.update.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.update.enabled": False,
    "media.gmp-manager.updateEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,#no-remote-settings/v1",
    "toolkit.telemetry.enabled": False,
}


class Firefox(BiDi):
    """A Firefox with a profile of its own."""

    key = "firefox"
    name = "Firefox"
    camera = "colours that change, its own"

    def __init__(self, program: Path) -> None:
        self._profile = tempfile.TemporaryDirectory(prefix="onlooker-firefox-", ignore_cleanup_errors=True)
        self.downloads = Path(self._profile.name, "downloads")
        self.downloads.mkdir()
        preferences = PREFERENCES | {
            "browser.download.dir": str(self.downloads),
            "browser.download.folderList": 2,
        }
        lines = [f'user_pref("{name}", {json.dumps(value)});\n' for name, value in preferences.items()]
        Path(self._profile.name, "user.js").write_text("".join(lines))
        command = [str(program), "--headless", "--no-remote", "--profile", self._profile.name]
        self._program = Program([*command, "--remote-debugging-port", "0"])
        try:
            super().__init__(self._program.until(r"WebDriver BiDi listening on (ws://\S+)") + "/session")
        except BaseException:
            self._end()
            raise

    def close(self) -> None:
        super().close()
        self._end()

    def _end(self) -> None:
        self._program.end()
        self._profile.cleanup()
