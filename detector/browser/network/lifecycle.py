"""The network's life on the page: opened when it is wanted, exchanged while it runs, repaired, closed."""

from detector.browser.network.session_factory import open_session
from detector.browser.platform.interop import Shared, now, supervise
from detector.browser.platform.language import explained, in_bytes, listed, told, word
from detector.errors import DetectorError
from detector.pipeline import Detector

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Protocol

    from js import ImageBitmap

    from detector.detection import Detection
    from detector.live_settings import LiveSettings
    from detector.running.fallback import FallbackSession
    from detector.settings import Settings

    class Watcher(Protocol):
        """Who shows what becomes of the network."""

        def progress(self, stage: str, received: int, total: int, parts: list[tuple[str, int, int]]) -> None:
            """It is on its way: bytes, total 0 while unknown, and the same of each kind of part."""

        def runs(self, model: str, session: FallbackSession | None) -> None:
            """This one runs now, or another provider behind it; None: nothing does."""

        def switching(self, text: str, failed: bool = False) -> None:
            """How far an exchange is, while the one before runs; "" once it is done."""


SLOW_MS = 2000  # where one run takes this long, the known picture was warm-up enough


class NetworkLifecycle:
    """detector: what detects, or None while nothing is loaded.

    repaired: asked when loading has failed; whether the cause is mended, so that it may be tried once more. exchanged:
    called when another network runs in the place of one. failed: told of what nobody waits for.
    """

    def __init__(
        self,
        settings: "LiveSettings",
        watcher: "Watcher",
        repaired: "Callable[[], Awaitable[bool]]",
        exchanged: "Callable[[], None]",
        failed: "Callable[[BaseException], None]",
    ) -> None:
        self.detector: Detector | None = None
        self._session: FallbackSession | None = None  # the detector's
        self._settings = settings
        self._watcher = watcher
        self._repaired = repaired
        self._exchanged = exchanged
        self._failed = failed
        self._opening: Shared | None = None
        self._wanted = False
        self._before = settings.now  # the settings before the latest change
        settings.on_change((), self._setting_changed)

    def want(self) -> None:
        """Begin to load it, unless it is there or on its way."""
        self._wanted = True
        if self.detector is None and self._opening is None:
            self._opening = Shared(self._load())

    async def ready(self) -> None:
        """Wait until it is there. Raises DetectorError."""
        while self.detector is None:
            self.want()
            assert self._opening is not None
            await self._opening.wait()

    async def warm_up(self) -> None:
        """Run it until its speed settles: a moving picture is paced by its speed, which has to be the usual one."""
        detector, session = self.detector, self._session
        assert detector is not None and session is not None
        # The known picture was the first run.
        if session.checked_in < SLOW_MS:
            self._watcher.progress("Warming up", 0, 0, [])
            await detector.warm_up(session.blank())

    async def detect(self, bitmap: "ImageBitmap") -> "list[Detection]":
        """What is in a picture that is not shown, while what is shown goes on. Loads the network if need be."""
        await self.ready()
        assert self.detector is not None
        return await self.detector.detect(bitmap)

    def close(self) -> None:
        """Free it, also if it is still on its way."""
        self._wanted = False
        closing, self.detector, self._session = self.detector, None, None
        if closing is not None:
            self._watcher.runs("", None)
            supervise(_closed(closing), self._failed)

    async def _load(self) -> None:
        try:
            session = await self._opened()
            detector = Detector(session, session.labels, now, self._settings.now)
        finally:
            self._opening = None
        if not self._wanted:  # stopped while it was loading
            await detector.close()
            return
        self.detector = detector
        detector.settings = self._settings.now
        self._runs(session)

    async def _opened(self) -> "FallbackSession":
        settings = self._settings.now
        try:
            return await open_session(settings.model, settings.provider, self._watcher.progress)
        except DetectorError:
            if not await self._repaired():
                raise
        # It was the offline copy that was damaged, and is not any more.
        return await open_session(settings.model, settings.provider, self._watcher.progress)

    def _runs(self, session: "FallbackSession") -> None:
        self._session = session
        session.changed = lambda: self._show(session)
        self._show(session)

    def _show(self, session: "FallbackSession") -> None:
        """What runs the network and why: also when another has stepped in meanwhile."""
        if self.detector is not None and self.detector.session is session:
            self._watcher.runs(self._settings.now.model, session)

    # Another model or provider

    def _setting_changed(self, name: str) -> None:
        before, self._before = self._before, self._settings.now
        if self.detector is not None:
            self.detector.settings = self._settings.now
        if name in ("provider", "model"):
            supervise(self._exchange(before), self._failed)

    async def _exchange(self, before: "Settings") -> None:
        """Load another network, or into another provider, while the one before goes on; then change over."""
        wanted = self._settings.now
        if self._opening is not None:
            try:
                await self._opening.wait()
            except DetectorError:
                return  # whoever started it shows the error
        if self.detector is None:
            return  # the next start will do it
        self._watcher.switching(word("Loading"))
        try:
            session = await open_session(wanted.model, wanted.provider, self._on_progress)
        except DetectorError as error:
            if self._is_wanted(wanted):
                for name in ("provider", "model"):
                    self._settings.put_back(name, getattr(before, name))
                self._before = self._settings.now
                self._watcher.switching(explained(error), failed=True)
            return
        if not self._is_wanted(wanted) or self.detector is None:
            await session.close()  # another was chosen meanwhile, or nothing runs any more
            return
        if await self.detector.replace(session, session.labels):
            self._watcher.switching("")
            self._runs(session)
            self._exchanged()

    def _is_wanted(self, settings: "Settings") -> bool:
        current = self._settings.now
        return (current.provider, current.model) == (settings.provider, settings.model)

    def _on_progress(self, stage: str, received: int, total: int, parts: list[tuple[str, int, int]]) -> None:
        self._watcher.switching(listed([told(stage)] + ([in_bytes(received, total)] if total else [])))


async def _closed(detector: Detector) -> None:
    await detector.close()
