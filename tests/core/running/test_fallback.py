"""Sessions come and go behind a FallbackSession, and whoever asks it for a frame sees nothing of that."""

from detector.errors import ClosedError, OutOfMemoryError, ProviderError
from detector.labels import COCO_LABELS
from detector.running.fallback import FallbackSession
from detector.running.provider_choice import Failures
from detector.vision.non_maximum_suppression import Candidates
from tests.core.support import run


class Fake:
    """A session whose runs fail `failing` times. It checks that it is used as sessions may be used."""

    def __init__(self, provider: str, failing: int = 0, error: "Exception | None" = None) -> None:
        self.provider = provider
        self.failing = failing
        self.error = error or ProviderError("It broke.")
        self.ran: list = []
        self.closed = 0

    def size(self, frame: object) -> tuple:
        return (640, 480)

    def resized(self, frame: object, width: float, height: float) -> bool:
        return (width, height) != (640, 480)

    def blank(self) -> object:
        return "blank of " + self.provider

    def moves(self, frame: object) -> bool:
        return True

    async def grab(self, frame: object, region: object = None) -> object:
        assert not self.closed, "grabbed after close"
        return [self, frame]

    async def run(self, tensor: object) -> Candidates:
        assert not self.closed, "ran after close"
        assert tensor[0] is self, "a tensor of another session"
        tensor[0] = None  # a tensor serves for one run
        self.ran.append(tensor[1])
        if self.failing:
            self.failing -= 1
            raise self.error
        return Candidates([], [], [], [])

    async def close(self) -> None:
        self.closed += 1
        assert self.closed == 1, "closed twice"


class Stage:
    """A FallbackSession with what stands ready to step in: provider -> sessions, or what opening raises, in order."""

    def __init__(self, first: Fake, **ready: list) -> None:
        self.first = first
        self.ready = ready
        self.opened: list = []
        self.changes = 0
        self.frames = 0
        self.session = FallbackSession(first, COCO_LABELS, self._open, Failures(["wasm", "webgpu"]))
        self.session.changed = self._changed
        self.session.maintenance = self

    async def _open(self, provider: str) -> Fake:
        self.opened.append(provider)
        waiting = self.ready.get(provider)
        if not waiting:
            raise ProviderError("There is none.")
        made = waiting.pop(0)
        if isinstance(made, Exception):
            raise made
        return made

    def _changed(self) -> None:
        self.changes += 1

    def after_frame(self) -> None:
        self.frames += 1

    def look(self, frame: str) -> None:
        run(self._look(frame))

    async def _look(self, frame: str) -> None:
        await self.session.run(await self.session.grab(frame))

    def fails(self, frame: str) -> Exception:
        try:
            self.look(frame)
        except Exception as error:
            return error
        raise AssertionError("no error")


def test_it_is_the_session_behind_it() -> None:
    stage = Stage(Fake("wasm"))
    stage.look("one")
    stage.look("two")
    assert stage.first.ran == ["one", "two"]
    assert stage.session.provider == "wasm" and stage.session.session is stage.first
    assert stage.session.size("one") == (640, 480)
    assert stage.session.resized("one", 480, 640) and not stage.session.resized("one", 640, 480)
    assert stage.frames == 2 and stage.changes == 0


def test_warming_up_is_no_frame() -> None:
    stage = Stage(Fake("wasm"))
    stage.look(stage.session.blank())
    assert stage.frames == 0 and stage.first.ran == ["blank of wasm"]


def test_a_failed_run_takes_the_same_frame_to_the_next_provider() -> None:
    second = Fake("webgpu")
    stage = Stage(Fake("wasm", failing=1), webgpu=[second])
    stage.look("one")
    assert stage.first.ran == second.ran == ["one"]
    assert stage.first.closed == 1
    session = stage.session
    assert (session.provider, session.trouble) == ("webgpu", "WebAssembly failed")
    assert session.note == "in place of WebAssembly"
    assert session.passed == [("wasm", "It failed while it ran. It broke.")]
    assert stage.changes == 1


def test_memory_that_ran_out_is_no_end() -> None:
    stage = Stage(Fake("wasm", failing=1, error=OutOfMemoryError()), webgpu=[Fake("webgpu")])
    stage.look("one")
    assert stage.session.provider == "webgpu"
    assert "not enough memory" in stage.session.passed[0][1]


def test_the_same_provider_starts_again_where_no_other_is() -> None:
    again = Fake("wasm")
    stage = Stage(Fake("wasm", failing=1), wasm=[again])
    stage.look("one")
    assert stage.opened == ["webgpu", "wasm"]
    assert again.ran == ["one"] and stage.first.closed == 1
    assert stage.session.note == "started again after a failure: It broke."
    assert stage.session.passed == [("webgpu", "There is none.")]


def test_a_session_that_fails_at_once_again_is_not_the_last_word() -> None:
    third = Fake("wasm")
    stage = Stage(Fake("wasm", failing=1), webgpu=[Fake("webgpu", failing=1)], wasm=[third])
    stage.look("one")
    assert third.ran == ["one"] and stage.session.provider == "wasm"


def test_with_nothing_left_the_failure_is_told_and_all_may_be_tried_again() -> None:
    late = Fake("wasm")
    stage = Stage(Fake("wasm", failing=1))
    error = stage.fails("one")
    assert isinstance(error, ProviderError) and error.message == "It broke."
    assert stage.session.session is None and stage.first.closed == 1
    assert stage.session.size("one") == (640, 480)
    assert isinstance(stage.fails("two"), ProviderError)
    stage.ready["wasm"] = [late]
    stage.look("three")
    assert late.ran == ["three"]
    assert stage.frames == 1


def test_warming_up_survives_a_failure_too() -> None:
    second = Fake("webgpu")
    stage = Stage(Fake("wasm", failing=1), webgpu=[second])
    stage.look(stage.session.blank())
    assert second.ran == ["blank of webgpu"]


def test_other_errors_are_not_its_affair() -> None:
    stage = Stage(Fake("wasm", failing=1, error=ValueError("a bug")), webgpu=[Fake("webgpu")])
    assert isinstance(stage.fails("one"), ValueError)
    assert stage.opened == [] and stage.session.session is stage.first


def test_a_swap_comes_between_two_frames() -> None:
    second = Fake("webgpu")
    stage = Stage(Fake("wasm"))

    async def play() -> None:
        grabbed = await stage.session.grab("one")
        assert await stage.session.swap(second, "9 ms against WebAssembly's 38 ms")
        await stage.session.run(grabbed)

    run(play())
    assert second.ran == ["one"], "what was grabbed for the old one is grabbed anew"
    assert stage.first.closed == 1 and stage.first.ran == []
    assert stage.session.provider == "webgpu" and stage.changes == 1
    assert stage.session.note.startswith("9 ms")


def test_a_swap_back_forgets_why_it_was_passed_over() -> None:
    stage = Stage(Fake("wasm"))
    stage.session.pass_over("webgpu", "once")
    stage.session.pass_over("webgpu", "twice")
    assert stage.session.passed == [("webgpu", "twice")]
    run(stage.session.swap(Fake("webgpu"), ""))
    assert stage.session.passed == []


def test_after_close_nothing_runs_and_nothing_stays_open() -> None:
    late = Fake("webgpu")
    stage = Stage(Fake("wasm"))
    run(stage.session.close())
    assert stage.first.closed == 1 and stage.session.session is None
    assert isinstance(stage.fails("one"), ClosedError)
    assert run(stage.session.swap(late, "")) is False
    assert late.closed == 1


def test_closed_while_another_was_opening() -> None:
    late = Fake("webgpu")
    stage = Stage(Fake("wasm", failing=1), webgpu=[late])
    opening = stage.session._open_anew

    async def closing(provider: str) -> Fake:
        session = await opening(provider)
        stage.session.closed = True  # as close() does at once, before it waits for the frame in flight
        return session

    stage.session._open_anew = closing
    assert isinstance(stage.fails("one"), ClosedError)
    assert late.closed == 1 and stage.session.session is None
