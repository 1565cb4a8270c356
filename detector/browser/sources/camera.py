"""The visitor's camera: opened, watched for being pulled out, and given back."""

import asyncio

import js

from detector.browser.platform.interop import create_proxy, failure, has, items, now, supervise, to_js
from detector.browser.sources.camera_errors import camera_error, permission
from detector.browser.sources.source import Source, TurnPassed
from detector.errors import CameraError, CameraFileError, CameraInsecureError, CameraUnpluggedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from js import HTMLVideoElement, MediaStream

    from detector.browser.sources.source import Turn
    from detector.settings import Settings

BUTTON = "Start"

# What a live detector wants: enough pixels to look good, few enough to draw quickly.
IDEAL_SIZE = (1280, 720)

TICK_MS = 1000.0  # how often it is seen whether there are new ones
HELD_UP_MS = 2 * TICK_MS  # what one counts at most: beyond, the machine slept or the page was frozen
STALLED_MS = 4000.0  # without a new picture: slower than any camera that works
AGAIN_MS = 10_000.0  # without one: it is opened again
PATIENCE_S = 20  # that a visitor, or a camera, may take before the page offers something else


async def cameras() -> list[tuple[str, str]]:
    """(name, id) of each camera. Browsers tell names only once a camera was allowed: none before."""
    if not has(js.navigator, "mediaDevices"):
        return []
    devices = items(await js.navigator.mediaDevices.enumerateDevices())
    return [(one.label, one.deviceId) for one in devices if one.kind == "videoinput" and one.label]


async def has_camera() -> bool:
    """Whether a camera is connected; before one was allowed its name is unknown, but not that it is there."""
    found = [one.kind for one in items(await js.navigator.mediaDevices.enumerateDevices())]
    return "videoinput" in found


class Camera:
    """`open` a camera into a video element; `close` stops it. `on_lost()` is called when it goes away by itself."""

    def __init__(self, video: "HTMLVideoElement", on_lost: "Callable[[], object]") -> None:
        self._video = video
        self._stream: "MediaStream | None" = None
        self._on_lost = on_lost
        self.changes = 0  # another number after each `open` and `close`
        self._ended = create_proxy(self._track_ended)

    @property
    def is_open(self) -> bool:
        return self._stream is not None

    async def open(self, settings: "Settings", on_allowed: "Callable[[], object]" = lambda: None) -> bool:
        """Ask for a camera, as near to the settings as there is one, and show it in the place of the one before.

        on_allowed: called once the camera may be had, before it gives its first picture.
        False if it was closed or another was asked for meanwhile: then nothing of this one stays open. Raises a
        CameraError.
        """
        self.close()
        opening = self.changes
        if not has(js.navigator, "mediaDevices"):
            raise CameraFileError() if js.location.protocol == "file:" else CameraInsecureError()
        width, height = IDEAL_SIZE
        if settings.resolution != "auto":
            width, height = [int(side) for side in settings.resolution.split("x")]
        video: dict[str, dict[str, int | str]] = {"width": {"ideal": width}, "height": {"ideal": height}}
        known = [device_id for name, device_id in await cameras() if name == settings.camera]
        if settings.camera and known:
            video["deviceId"] = {"exact": known[0]}
        else:
            video["facingMode"] = {"ideal": settings.facing}
        wanted = to_js({"audio": False, "video": video})
        try:
            stream = await js.navigator.mediaDevices.getUserMedia(wanted)
        except Exception as error:
            typed = await camera_error(error)
            if opening != self.changes:
                return False
            raise typed
        if opening != self.changes:
            _stop(stream)
            return False
        self._stream = stream
        on_allowed()
        for track in items(stream.getVideoTracks()):
            track.addEventListener("ended", self._ended)
        self._video.srcObject = stream
        try:
            await self._video.play()
        except Exception as error:
            if opening == self.changes:
                self.close()
                message = failure(error)[1]
                raise CameraError("The camera opened, but its picture could not be shown (" + message + ").")
        return opening == self.changes

    def front_facing(self) -> bool:
        """Whether the picture should be mirrored, as people know themselves: any camera but one that faces away."""
        if self._stream is None:
            return False
        settings = self._stream.getVideoTracks()[0].getSettings()
        return getattr(settings, "facingMode", "user") != "environment"

    @property
    def name(self) -> str:
        """The name of the open camera, or ""."""
        return "" if self._stream is None else str(self._stream.getVideoTracks()[0].label)

    @property
    def muted(self) -> bool:
        """Whether the system holds its pictures back: by a shutter, a closed lid, or a switch of its own."""
        return self._stream is not None and any(track.muted for track in items(self._stream.getVideoTracks()))

    def pictures(self) -> int:
        """How many it has given; 0 where the browser does not count."""
        if not has(self._video, "getVideoPlaybackQuality"):
            return 0
        return self._video.getVideoPlaybackQuality().totalVideoFrames

    def close(self) -> None:
        """Stop the camera: its light goes out. Calling it again does nothing."""
        self.changes += 1
        stream, self._stream = self._stream, None
        if stream is None:
            return
        for track in items(stream.getTracks()):
            track.removeEventListener("ended", self._ended)
        _stop(stream)
        self._video.pause()
        self._video.srcObject = js.JSON.parse("null")

    def _track_ended(self, *_: object) -> None:
        if self._stream is not None:
            self.close()
            self._on_lost()


def _stop(stream: "MediaStream") -> None:
    for track in items(stream.getTracks()):
        track.stop()


class CameraSource(Source):
    """The camera that the settings name, until it is stopped or pulled out."""

    kind = "camera"
    settings = ("facing", "camera", "resolution")
    restarts = True

    def __init__(self, video: "HTMLVideoElement") -> None:
        self._video = video
        self._camera = Camera(video, self._unplugged)
        self._turn: "Turn | None" = None

    async def run(self, turn: "Turn") -> None:
        self._turn = turn
        await self._open(turn)
        turn.show_video()
        await turn.ready()
        await turn.warm_up()
        turn.play()
        turn.supervise(self._watch(turn))

    async def _watch(self, turn: "Turn") -> None:
        """Tell a camera that gives no picture from a scene in which nothing moves; open it again if need be."""
        pictures, silent, last = -1, 0.0, now()
        while True:
            await asyncio.sleep(TICK_MS / 1000)
            turn.check()
            at = now()
            silent += min(at - last, HELD_UP_MS)
            last = at
            before, pictures = pictures, self._camera.pictures()
            if self._camera.muted:
                silent = 0.0
                turn.notice(
                    "The camera gives no picture: a shutter or a lid is closed, or the system has switched it off. "
                    "It goes on by itself."
                )
            elif pictures != before or pictures == 0 or turn.resting or not self._camera.is_open:
                silent = 0.0
                turn.notice("")
            elif silent > AGAIN_MS:
                try:
                    await self._change(turn)
                except TurnPassed:
                    turn.check()  # else the visitor has asked for another camera meanwhile, which is watched as well
                silent, last = 0.0, now()
            elif silent > STALLED_MS:
                turn.notice("The camera has stopped giving pictures. It is opened again if it stays so.")

    def close(self) -> None:
        self._turn = None
        self._camera.close()

    @property
    def opened(self) -> int:
        return self._camera.changes

    @property
    def moves(self) -> bool:
        return True

    @property
    def picture(self) -> "HTMLVideoElement":
        return self._video

    def mirrored(self, settings: "Settings") -> bool:
        return self._camera.front_facing() if settings.mirror == "auto" else settings.mirror == "1"

    def look_again(self, turn: "Turn") -> None:
        turn.look_at_next()

    def setting_changed(self, name: str, turn: "Turn") -> None:
        if self._camera.is_open:  # else it is being opened, and finds out by itself
            if name != "resolution":  # another picture, and not the same one finer
                turn.count_anew(live=True)
            turn.supervise(self._change(turn))

    async def _change(self, turn: "Turn") -> None:
        """Another camera in the place of the one before."""
        turn.pause()
        await self._open(turn)
        turn.resume()

    async def _open(self, turn: "Turn") -> None:
        """Open the camera that the settings name, also where they change while the browser asks."""
        wanted = None
        waiting = supervise(_say_who_answers(turn, await permission()), turn.fail)

        def allowed() -> None:
            nonlocal waiting
            waiting.cancel()
            waiting = supervise(_say_what_comes(turn), turn.fail)

        try:
            while wanted != _wanted(turn.settings):
                wanted = _wanted(turn.settings)
                if not await self._camera.open(turn.settings, allowed):
                    raise TurnPassed  # closed, or another change has come
        finally:
            waiting.cancel()
        turn.check()
        turn.waits("")
        turn.opened()

    def _unplugged(self) -> None:
        if self._turn is not None:
            self._turn.fail(CameraUnpluggedError())


async def _say_who_answers(turn: "Turn", known: str) -> None:
    """Say what the page waits for: a visitor may take any time to answer. known: permission()."""
    turn.waits("Opening the camera")
    if known != "granted":
        if known != "prompt":
            await asyncio.sleep(1)  # it may have been allowed for good: then it is open by now
        from detector.browser.sources.camera_prompt import where

        turn.waits(
            "Your browser asks whether this page may use the camera",
            where(),
            "Once you allow it, your camera's picture appears here. It stays on this device.",
        )
    await asyncio.sleep(PATIENCE_S)
    turn.offer_others()


async def _say_what_comes(turn: "Turn") -> None:
    turn.waits("Waiting for the camera's first picture")
    await asyncio.sleep(PATIENCE_S)
    turn.waits(
        "Waiting for the camera's first picture",
        "If it does not come, a shutter or a lid may be closed, or another program has the camera.",
    )
    turn.offer_others()


def _wanted(settings: "Settings") -> "tuple[str, str, str]":
    return settings.camera, settings.facing, settings.resolution


SOURCE = CameraSource
