"""The page's side of the studio: full Python in a worker (web/studio.js), fetched and started when first asked.

studio.begin(user)
blob = await studio.ask("save", record(picture=file, ...))
studio.end(user)

Who uses it has `step(words)`, told what it does now, and `progress(part, received, total)`, told of the bytes of its
parts as they arrive, total 0 while unknown. One at a time: there is one worker for all.
"""

import asyncio

import js

from detector.browser.platform.interop import address, attempt, create_proxy, has, is_none, listen, record
from detector.browser.platform.language import reading
from detector.errors import ClosedError, InputError, StudioError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    from web import StudioError as WorkerError
    from web import StudioMessage

    class User(Protocol):
        """Who uses the studio."""

        def step(self, words: str) -> None:
            """What it does now."""

        def progress(self, part: str, received: int, total: int) -> None:
            """Bytes of a part that arrives; total 0 while unknown."""


class Studio:
    """One worker at most. After an error of its own it is gone, and the next question starts another."""

    def __init__(self) -> None:
        self._user: "User | None" = None
        self._worker: "js.Worker | None" = None
        self._asked = 0
        self._waiting: "dict[int, tuple[asyncio.Event, list[Any]]]" = {}  # id: (event, list for the answer)
        # For every worker there will be: a proxy lives as long as the page.
        self._heard = create_proxy(self._on_message)
        self._failed = create_proxy(self._on_failure)
        listen(js.document, "detector:state", self._state_changed)

    def begin(self, user: "User") -> None:
        """From here to `end` the studio is theirs. Raises StudioError while it is another's."""
        if self._user is not None and self._user is not user:
            raise StudioError("The studio is at work on something else.", "Wait for it, or cancel it.")
        self._user = user

    def end(self, user: "User", cancel: bool = False) -> None:
        """Let others use it. cancel: end the worker, and what it does for this user."""
        if self._user is user:
            self._user = None
            if cancel:
                self.close()

    async def ask(self, method: str, args: "js.Object", *moved: "js.ImageBitmap") -> "Any":
        """What a method of the studio gives for `args`, a JavaScript object; `moved` of it changes hands.

        Raises StudioError or InputError in the studio's words, ClosedError after `close`.
        """
        worker = self._open()
        self._asked += 1
        question = self._asked
        done = asyncio.Event()
        answer: list[Any] = []
        self._waiting[question] = (done, answer)
        message = record(id=question, method=method, args=args)
        try:
            await attempt(worker, "postMessage", message, js.Array.of(*moved))
            await done.wait()
        finally:
            self._waiting.pop(question, None)
        if not answer:
            raise ClosedError("The studio was closed.", "")
        if isinstance(answer[0], StudioError):
            self.close()
        if isinstance(answer[0], (StudioError, InputError)):
            raise answer[0]
        return answer[0]

    def close(self) -> None:
        """End the worker, which gives its memory back; whoever waits gets ClosedError."""
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.terminate()
        for done, _ in self._waiting.values():
            done.set()

    def _open(self) -> "js.Worker":
        worker = self._worker
        if worker is None:
            worker = js.Worker.new(address("./web/studio.js"), record(type="module", name="studio"))
            worker.onmessage = self._heard
            worker.onerror = self._failed
            self._worker = worker
        return worker

    def _on_message(self, event: "js.MessageEvent") -> None:
        told: StudioMessage = event.data
        if has(told, "id"):
            self._answer(told.id, _error(told.error) if has(told, "error") else told.result)
        elif self._waiting and self._user is not None:
            if has(told, "step"):
                self._user.step(told.step)
            else:
                self._user.progress(told.progress.stage, told.progress.received, told.progress.total)

    def _state_changed(self, event: "js.CustomEvent") -> None:
        """With the camera stopped or the picture closed, memory is given back; what is being made still is."""
        if event.detail.state == "idle" and self._user is None:
            self.close()

    def _on_failure(self, event: "js.ErrorEvent") -> None:
        """The worker itself could not be fetched, or died."""
        event.preventDefault()
        message = getattr(event, "message", None)
        if is_none(message) or not message:
            # Only a worker's own file that does not arrive gives an event without words.
            error = StudioError(
                "The studio could not be fetched.",
                "Check the connection and try again. “Save” keeps the picture as it is shown.",
            )
        else:
            error = StudioError("The studio has stopped (" + str(message) + ").")
        for question in list(self._waiting):
            self._answer(question, error)

    def _answer(self, question: int, answer: "Any") -> None:
        if question in self._waiting:
            done, answers = self._waiting[question]
            answers.append(answer)
            done.set()


def line(text: str, size: float, room: float, weight: int = 400) -> "js.Object":
    """A line for web/studio.js to write, in the direction of the page's script. size, room: in pixels."""
    return record(text=str(text), size=round(size), room=round(room), weight=weight, direction=reading())


def _error(told: "WorkerError") -> "InputError | StudioError":
    """What the studio could not do: with what it was given, or at all."""
    kind = InputError if told.code == InputError.code else StudioError
    return kind(told.message, told.hint)


studio = Studio()
