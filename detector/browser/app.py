"""What the page does: sources in, results out. One of these per page; `main.py` wires it to the buttons.

Every start, stop or new source begins a new *turn*. Whatever was awaited in an earlier turn finds that its turn has
passed and ends without touching the page: so nothing has to be cancelled half-way.
"""

import js

from detector.announce import Announcer, counts_of
from detector.announce import in_words as changes_in_words
from detector.browser.ahead import settled
from detector.browser.battery import watch_battery
from detector.browser.camera import Camera, has_camera
from detector.browser.engine import open_session
from detector.browser.events import publish
from detector.browser.interop import (
    Shared,
    as_detector_error,
    create_proxy,
    failure,
    has,
    listen,
    now,
    supervise,
)
from detector.browser.language import explained, label, listed, speak, speaker, told, word
from detector.browser.live import Live
from detector.browser.offer import offer
from detector.browser.offline import Offline
from detector.browser.overlay import Overlay, snapshot
from detector.browser.page import Page, element, in_bytes
from detector.browser.pictures import (
    Coming,
    PictureView,
    check_video,
    decode,
    decode_own,
    fetch_file,
    is_video,
)
from detector.errors import (
    CameraError,
    CameraUnpluggedError,
    ClosedError,
    DetectorError,
    InputError,
    MediaError,
    NoCameraError,
)
from detector.export import Look
from detector.pacing import FULL_DUTY, GENTLE_DUTY
from detector.pipeline import Detector

SLOW_MS = 2000  # where one run takes this long, the known picture was warm-up enough
MOST_LOOKS = 20_000  # frames of a video whose detections are kept for a file: half an hour at ten a second
MOVING = ("camera", "video")  # sources of one frame after another


class App:
    """The live page."""

    def __init__(self, page: Page, settings: object, problems: list) -> None:
        """problems: what of the settings was not understood, in words."""
        self.page = page
        self.settings = settings
        self.offline = Offline()
        self._problems = problems
        page.notes(problems, [])
        self.detector = None
        self.controls = None  # once the panel was opened, as is the next
        self.privacy = None
        self.section = None  # the studio's, likewise
        self._batch = None  # once there was more than one photo
        self._every = None  # once there was a video
        self._stepped = False  # frame by frame: the boxes are where the last look found them
        self._complete = False  # what was found in each frame of this video is known
        self._looks = []  # what was found in these photos, or in this video so far
        self._noted = []  # (file, Look) of these photos
        self.last = None  # the last result, while its picture is shown
        self.source = ""  # "camera", "image", "video", or "" for none
        self._turn = 0
        self._opening = None
        self._wanted = False
        self._asleep = False  # while the page is hidden
        self._battery_low = False
        self._full_speed = False  # the visitor's word on a low battery
        self._video = element("video")
        self._camera = Camera(self._video, self._camera_lost)
        self._picture = PictureView(element("picture"))
        self._overlay = Overlay(element("overlay"))
        self._announcer = Announcer()
        self.live = Live(self._video, self._take, self._draw)
        self._clip_address = ""
        self._clip_name = ""
        self._failed = None  # the last error
        if has(js.navigator, "mediaDevices"):
            listen(js.navigator.mediaDevices, "devicechange", self._devices_changed)
        page.dismissed = self.stop
        listen(self._video, "resize", self._video_resized)
        listen(self._video, "ended", self._clip_ended)
        listen(self._video, "error", self._clip_broken)
        listen(self._video, "pause", self._clip_paused)
        listen(self._video, "play", self._clip_playing)
        listen(js.document, "visibilitychange", self._visibility_changed)
        supervise(watch_battery(self._battery_changed), self.fail)
        self._resizes = js.ResizeObserver.new(create_proxy(self._redraw))
        self._resizes.observe(element("view"))

    # Sources

    def start(self, *_: object) -> None:
        """Open the camera and detect in it until `stop`."""
        if self.source != "camera":
            self._run(self._start_camera, self.start)

    def stop(self, *_: object) -> None:
        """Free everything: camera, frames, network. The page is as it was before the first start."""
        self._new_turn()
        self._wanted = False
        self._show_nothing()
        self._close_detector()
        self.page.enter("idle")

    def look_at_files(self, files: list) -> None:
        """Photos one after another, and a video after them."""
        self._run(lambda turn: self._look_at_files(files, turn), lambda: self.look_at_files(files))

    def look_at_sample(self, path: str) -> None:
        """A picture of this page."""
        self._run(lambda turn: self._look_at_sample(path, turn), lambda: self.look_at_sample(path))

    def change(self, name: str, value: object) -> None:
        """Change a setting; it acts on the next frame, and on a still picture at once. Raises SettingError."""
        before, self.settings = self.settings, self.settings.changed(name, value)
        if self.settings.as_query() == before.as_query():
            return
        if self.detector is not None:
            self.detector.settings = self.settings
        if name in ("provider", "model"):
            supervise(self._change_network(before), self.fail)
        elif name in ("facing", "camera", "resolution"):
            if self.source == "camera" and self._camera.is_open:
                supervise(self._change_camera(), self._camera_failed)
        elif name == "skip":
            self.live.skip(self.settings.skip)
            self._set_pace()
        elif name == "video":
            self._clip_wanted()
        elif name == "lang":
            supervise(self._speak(), self.fail)
            return
        elif name in ("mirror", "boxes"):
            self._mirror_video()
            self._redraw()
        elif self.detector is not None:
            self._look_anew()
        self.changed(name)

    async def _speak(self) -> None:
        await speak(self.settings.lang, self.problem)
        if self.last is not None:
            self._redraw()
        self.changed("lang")

    def changed(self, name: str) -> None:
        """A setting has another value; whoever shows settings sets this."""

    def seen(self, result: object, source: str) -> None:
        """One result; whoever gathers them sets this."""

    def _look_anew(self) -> None:
        """Something else may be found in what is there."""
        self.live.look_again()
        if self.source == "image" and self._picture.bitmap is not None:
            supervise(self._look_again(self._turn), self.fail)

    async def _change_network(self, before: object) -> None:
        """Load another network, or into another provider, while the one before goes on; then change over."""
        wanted = self.settings
        if self._opening is not None:
            try:
                await self._opening.wait()
            except DetectorError:
                return  # whoever started it shows the error
        if self.detector is None:
            return  # the next start will do it
        self.page.switching(word("Loading"))
        try:
            session = await open_session(wanted.model, wanted.provider, self._on_switching)
        except DetectorError as error:
            if self._same_network(wanted):
                for name in ("provider", "model"):
                    self.settings = self.settings.changed(name, getattr(before, name))
                    self.changed(name)
                self.page.switching(explained(error), failed=True)
            return
        if not self._same_network(wanted) or self.detector is None:
            await session.close()  # another was chosen meanwhile, or nothing runs any more
            return
        session.changed = lambda: self._show_provider(session)
        if await self.detector.replace(session, session.labels):
            self.page.switching("")
            self._show_provider(session)
            self._look_anew()

    def _same_network(self, settings: object) -> bool:
        return (self.settings.provider, self.settings.model) == (settings.provider, settings.model)

    def _on_switching(self, stage: str, received: int, total: int, parts: list) -> None:
        self.page.switching(listed([told(stage)] + ([in_bytes(received, total)] if total else [])))

    async def _change_camera(self) -> None:
        """Open the camera as the settings are now, in the place of the one before."""
        self.live.pause()
        if await self._camera_opened():
            self.live.resume()

    def _camera_failed(self, error: BaseException) -> None:
        self.fail(error, self.start)

    def _devices_changed(self, *_: object) -> None:
        """A camera that was missed is back, or one was connected that was asked for: go on."""
        if self.page.state == "error" and isinstance(self._failed, (CameraUnpluggedError, NoCameraError)):
            supervise(self._resume_camera(self._turn), self.fail)

    async def _resume_camera(self, turn: int) -> None:
        if await has_camera() and turn == self._turn and self.page.state == "error":
            self.start()

    def problem(self, words: str) -> None:
        """Note what was left out, in words; the page works without it."""
        self._problems.append(words)
        self.page.notes(self._problems, [])

    def fail(self, error: BaseException, retry: object = None) -> None:
        """Show an error in words, and free what was in use."""
        known = as_detector_error(
            error, lambda message: DetectorError("Something went wrong: " + message, "Try again.")
        )
        self._new_turn()
        self._failed = known
        self._show_nothing()
        self.page.error(known, retry, "" if known is error else failure(error)[1])
        if isinstance(known, CameraError):
            from detector.browser.doctor import advise

            advise(known.code)

    # One turn

    def _run(self, action: object, again: object) -> None:
        turn = self._new_turn()
        self._wanted = True
        self._show_nothing()
        self.page.enter("loading")
        self._open_detector()

        def failed(error: BaseException) -> None:
            if turn == self._turn:
                self.fail(error, again)

        supervise(action(turn), failed)

    def _new_turn(self) -> int:
        self._turn += 1
        return self._turn

    def _show_nothing(self) -> None:
        self.live.pause()
        self._asleep = False
        self._looks = []
        self._noted = []
        self._announcer.forget()
        if self._batch is not None:
            self._batch.begin()
        if self._every is not None:
            self._every.forget()
        self._stepped = self._complete = False
        self._camera.close()
        self._close_clip()
        self._picture.clear()
        self._overlay.clear()
        self._video.hidden = True
        self._video.classList.remove("mirrored")
        self.source = ""
        self.last = None
        self.page.forget_result()

    def _open_detector(self) -> None:
        """Begin to load the network, unless it is there or on its way."""
        if self.detector is None and self._opening is None:
            self._opening = Shared(self._opened())

    async def _opened(self) -> None:
        try:
            session = await self._session()
            detector = Detector(session, session.labels, now, self.settings)
        finally:
            self._opening = None
        if not self._wanted:  # stopped while it was loading
            await detector.close()
            return
        self.detector = detector
        detector.settings = self.settings
        session.changed = lambda: self._show_provider(session)
        self._show_provider(session)

    async def _session(self) -> object:
        settings = self.settings
        try:
            return await open_session(settings.model, settings.provider, self._on_progress)
        except DetectorError:
            if not await self.offline.repaired():
                raise
        # It was the offline copy that was damaged, and is not any more.
        return await open_session(settings.model, settings.provider, self._on_progress)

    async def keep_when_here(self) -> None:
        """Once all is here, and nobody has asked for anything yet: time to make the offline copy."""
        if await settled() and self.page.state == "idle":
            self.offline.used()

    def _show_provider(self, session: object) -> None:
        """What runs the network and why: also when another stepped in meanwhile."""
        if self.detector is None or self.detector.session is not session:
            return
        self.page.model(self.settings.model, session.provider, session.trouble)
        self.page.reasons(session.provider, session.note, session.passed)

    async def _ready(self, turn: int) -> bool:
        """Wait for the network. False if this turn has passed meanwhile."""
        while turn == self._turn and self.detector is None:
            self._open_detector()
            await self._opening.wait()
        return turn == self._turn

    def _close_detector(self) -> None:
        closing, self.detector = self.detector, None
        if closing is not None:
            self.page.model("", "")
            self.page.reasons("", "", [])
            supervise(_closed(closing), self.fail)

    def _on_progress(self, stage: str, received: int, total: int, parts: list) -> None:
        if self.page.state == "loading":
            self.page.progress(stage, received, total, parts)

    # Camera

    async def _start_camera(self, turn: int) -> None:
        self.source = "camera"
        if not await self._camera_opened():
            return
        self._video.hidden = False
        if await self._ready(turn):
            await self._warm_up()
            if turn == self._turn:
                self._begin_live()

    async def _camera_opened(self) -> bool:
        """Open the camera that the settings name. False if it was closed meanwhile."""
        wanted = None
        while wanted != _camera_wanted(self.settings):  # which may change while the browser asks
            wanted = _camera_wanted(self.settings)
            if not await self._camera.open(self.settings):
                return False
        self._mirror_video()
        self.changed("camera")
        return True

    async def _warm_up(self) -> None:
        # The known picture was the first run. A moving picture is paced by its speed: that has to be the usual one.
        if self.detector.session.checked_in < SLOW_MS:
            self._on_progress("Warming up", 0, 0, [])
            await self.detector.warm_up(self.detector.session.blank())

    def _begin_live(self) -> None:
        self.live.begin(self.settings.skip)
        self.page.enter("running")
        self._visibility_changed()

    def _mirror_video(self) -> None:
        self._video.classList.toggle("mirrored", self._mirrored())

    def _mirrored(self) -> bool:
        if self.source != "camera":
            return self.settings.mirror == "1"
        if self.settings.mirror == "auto":
            return self._camera.front_facing()
        return self.settings.mirror == "1"

    def _camera_lost(self) -> None:
        self.fail(CameraUnpluggedError(), self.start)

    # Photos

    async def _look_at_sample(self, path: str, turn: int) -> None:
        self.source = "image"
        file = await fetch_file(path)
        bitmap = await decode_own(file, path)
        if await self._ready(turn):
            await self._look_at(bitmap, file, turn)
        else:
            bitmap.close()

    async def _look_at_files(self, files: list, turn: int) -> None:
        self.source = "image"
        if len(files) > 1 and self._batch is None:
            from detector.browser.batch import Batch

            self._batch = Batch(self)
        # While the network is on its way.
        first = None if is_video(files[0]) else Coming(decode(files[0], files[0].name))
        there = False
        try:
            there = await self._ready(turn)
        finally:
            if first and not there:
                await first.discard()
        if not there:
            return
        if len(files) > 1:
            self._batch.coming(True)
        broken = []
        clip = None
        for file in files:
            if is_video(file):
                clip = clip or file
                continue
            try:
                bitmap = await (first.take() if first and file is files[0] else decode(file, file.name))
            except MediaError as error:
                broken.append(error)
                continue
            if turn != self._turn:
                bitmap.close()
                return
            await self._look_at(bitmap, file, turn)
            if turn == self._turn and len(files) > 1:
                self._batch.add(file, bitmap, self.last)
        if turn != self._turn:
            return
        if len(files) > 1:
            self._batch.coming(False)
        if clip is not None:
            await self._play(clip, turn)
        elif self.last is None and broken:
            raise broken[0]
        self.page.notes(self._problems, [explained(error) for error in broken])

    async def _look_at(self, bitmap: object, file: object, turn: int) -> None:
        await self._picture.show(bitmap, file)
        await self._look_again(turn)
        if turn == self._turn:
            self.page.enter("ready")

    def look_at_one(self, file: object) -> None:
        """One of the photos that were given, again."""
        supervise(self._look_at_one(file, self._turn), self.fail)

    async def _look_at_one(self, file: object, turn: int) -> None:
        bitmap = await decode(file, file.name)
        if turn == self._turn:
            await self._look_at(bitmap, file, turn)
        else:
            bitmap.close()

    def _note(self, file: object, result: object) -> None:
        """Keep what was found in a photo, once for each file."""
        name = getattr(file, "name", None) or "picture"
        look = Look(str(name), result.width, result.height, result.detections)
        for place, (known, _) in enumerate(self._noted):
            if known is file:
                self._noted[place] = (file, look)
                break
        else:
            self._noted.append((file, look))
        self._looks = [one for _, one in self._noted]

    async def _look_again(self, turn: int) -> None:
        bitmap = self._picture.bitmap
        if bitmap is None or self.detector is None:
            return
        result = await self._detect(bitmap, turn)
        if result is not None:
            self._note(self._picture.file, result)
            self.page.result(result, now(), force=True)
            if self.settings.announce:
                self.page.announce(in_words(result.detections))

    # Video files

    async def _play(self, file: object, turn: int) -> None:
        self.source = "video"
        self._clip_address = js.URL.createObjectURL(file)
        self._clip_name = str(file.name)
        self._video.src = self._clip_address
        self._video.controls = True
        self._mirror_video()
        self._video.hidden = False
        self._picture.clear()
        await self._warm_up()  # before it plays: a clip of a second would be over
        if turn != self._turn:
            return
        if self._every is None:
            from detector.browser.every import EveryFrame

            self._every = EveryFrame(self, MOST_LOOKS)
        self._every.offer()
        if self.settings.video == "every":
            self._every.begin()
            return
        try:
            await self._video.play()
        except Exception as error:
            if turn != self._turn:
                return
            raise MediaError(file.name + " cannot be played (" + failure(error)[1] + ").")
        if turn == self._turn:
            self._begin_live()
            if self._video.ended:  # it was over before play() said that it had begun
                self._clip_ended()

    def _clip_wanted(self) -> None:
        if self.source != "video" or self._every is None:
            return
        if self.settings.video == "every":
            self._every.begin()
        else:
            self._every.cancel()

    def stepping(self) -> None:
        """From now on whoever seeks in the video says which frames are looked at, from its beginning on."""
        self.live.pause()
        self._looks = []
        self._stepped = self._complete = True
        self.page.enter("running")

    async def look_at_frame(self, time: float) -> None:
        """Look at the frame that the video shows, which begins at `time`, in s."""
        result = await self._detect(self._video, self._turn)
        if result is not None:
            self._looks.append(Look(self._clip_name, result.width, result.height, result.detections, time))
            self.page.result(result, now())

    def stepped(self) -> None:
        """That was all. The video can be played again."""
        self.page.enter("ready")

    @property
    def steps(self) -> bool:
        """Whether a video is looked at frame by frame."""
        return self._every is not None and self._every.going

    def _close_clip(self) -> None:
        if self._clip_address:
            address, self._clip_address = self._clip_address, ""
            self._video.pause()
            self._video.controls = False
            self._video.removeAttribute("src")
            self._video.load()
            js.URL.revokeObjectURL(address)

    def _clip_ended(self, *_: object) -> None:
        if self.source == "video" and not self.steps and self.page.state in ("running", "paused"):
            if self.last is None:
                self.live.look_now()
            self.page.enter("ready")

    def _clip_paused(self, *_: object) -> None:
        if self.source == "video" and not self.steps and self.page.state == "running":
            self.page.enter("paused")

    def _clip_playing(self, *_: object) -> None:
        if self.source != "video" or self._asleep or self.steps or self.page.state not in ("paused", "ready"):
            return
        if self._stepped:
            self._stepped = False
            self.live.begin(self.settings.skip)
        self.page.enter("running")

    def _clip_broken(self, *_: object) -> None:
        if self._clip_address:
            self.fail(MediaError("This video cannot be played.", "Try an MP4 or WebM clip."))

    def _video_resized(self, *_: object) -> None:
        """A video's header has told its size, or a frame another one."""
        try:
            if self._clip_address:
                check_video(self._video, self._clip_name)
        except MediaError as error:
            self.fail(error)
            return
        self._redraw()

    # Frames

    def _take(self) -> None:
        turn = self._turn
        changes = self._camera.changes

        def failed(error: BaseException) -> None:
            if turn != self._turn:
                return
            self.live.finished()
            # A frame of a camera that another takes the place of may be gone before it is drawn.
            gone = isinstance(error, InputError) and changes != self._camera.changes
            if not gone and not isinstance(error, ClosedError):
                self.fail(error, self.start if self.source == "camera" else None)

        supervise(self._look_live(turn), failed)

    async def _look_live(self, turn: int) -> None:
        time = self._video.currentTime
        result = await self._detect(self._video, turn)
        if result is not None:
            if self.source == "video" and not self._complete and len(self._looks) < MOST_LOOKS:
                look = Look(self._clip_name, result.width, result.height, result.detections, time)
                self._looks.append(look)
            self.live.finished()
            self.page.result(result, now(), self.live.rate, self.live.still)
            appeared, left = self._announcer.update(counts_of(result.detections), now())
            changes = changes_in_words(appeared, left, speaker())
            if changes and self.settings.announce:
                self.page.announce(changes)

    async def _detect(self, frame: object, turn: int) -> object:
        """Detect, draw and publish one frame. None when its turn has passed."""
        detector = self.detector
        await detector.detect(frame)
        result = detector.last
        if turn != self._turn:
            return None
        began = now()
        self.last = result
        self._draw(self.live.found(result) if self._moves() else result.detections)
        result.drawn(now() - began)
        publish("result", result.detail(self.source))
        self.seen(result, self.source)
        self.offline.used()
        return result

    def _draw(self, detections: list) -> None:
        last = self.last
        self._overlay.show(detections, last.width, last.height, self._mirrored(), self.settings.boxes)

    def _redraw(self, *_: object) -> None:
        if self.last is not None:
            self._draw(self._drawn())

    def _drawn(self) -> list:
        """The detections where they are drawn: the last result's, or where those have gone since."""
        return self.live.drawn() if self._moves() else self.last.detections

    def _moves(self) -> bool:
        return self.source in MOVING and not self._stepped

    async def look_aside(self, bitmap: object) -> list:
        """Detections in a picture that is not shown, while what is shown goes on. Loads the network if need be."""
        turn = self._turn
        alone = self.detector is None and self.page.state == "idle"
        if alone:
            self.page.enter("loading")
        try:
            while self.detector is None:
                self._wanted = True
                self._open_detector()
                await self._opening.wait()
            return await self.detector.detect(bitmap)
        finally:
            if alone and turn == self._turn:
                self.page.enter("idle")

    # Rest

    def _visibility_changed(self, *_: object) -> None:
        """Nobody looks at a hidden page, so it rests; the camera stays open, as asking again could fail."""
        hidden = js.document.visibilityState == "hidden"
        if hidden and not self._asleep and self.live.running:
            self._asleep = True
            self.live.pause()
            if self.page.state == "running":
                self.page.enter("paused")
        elif not hidden and self._asleep:
            self._asleep = False
            self.live.resume()
            if self.page.state == "paused" and not self._video.paused:
                self.page.enter("running")

    def _battery_changed(self, low: bool) -> None:
        self._battery_low = low
        self._set_pace()

    def full_speed(self, wanted: bool) -> None:
        """Whether to run at full speed even on a low battery."""
        self._full_speed = wanted
        self._set_pace()

    def _set_pace(self) -> None:
        # A visitor who says which frames to skip has decided on the pace.
        low = self._battery_low and self.settings.skip == "auto"
        gentle = low and not self._full_speed
        self.live.pace(GENTLE_DUTY if gentle else FULL_DUTY)
        self.page.battery(low, gentle)

    # Pictures

    @property
    def watched(self) -> tuple:
        """What the results are of, to be compared: another value with another source, or another camera."""
        return self.source, self._turn, self._camera.changes

    async def save_snapshot(self) -> None:
        """Offer what is on the stage, with its boxes, as a PNG file."""
        canvas = self.drawn_picture()
        if canvas is not None:
            offer(await canvas.convertToBlob(), "onlooker.png")

    def drawn_picture(self) -> object:
        """What is on the stage, with its boxes, as an `OffscreenCanvas`; None if there is nothing."""
        last = self.last
        if last is None:
            return None
        source = self._picture.bitmap if self.source == "image" else self._video
        return snapshot(source, last.width, last.height, self._drawn(), self._mirrored(), self.settings.boxes)

    def looks(self) -> list:
        """What was found, as `export.Look`s: in each of these photos, in each frame of a video, or in the last one."""
        if self._looks:
            return self._looks
        last = self.last
        return [] if last is None else [Look("camera", last.width, last.height, last.detections)]

    async def taken(self) -> tuple:
        """What is on the stage, to be drawn elsewhere: its file, or an ImageBitmap of its frame; its detections, in
        source pixels; whether it is shown mirrored.
        """
        found, mirror = self._drawn(), self._mirrored()
        if self.source == "image":
            return self._picture.file, found, mirror
        return await js.createImageBitmap(self._video), found, mirror


def _camera_wanted(settings: object) -> tuple:
    return settings.camera, settings.facing, settings.resolution


async def _closed(detector: object) -> None:
    await detector.close()


def in_words(detections: list) -> str:
    """Detections for a screen reader: "cup 1, person 2"."""
    counts = counts_of(detections)
    lines = [label(name) + " " + str(counts[name]) for name in sorted(counts)]
    return listed(lines) or word("Nothing it knows")
