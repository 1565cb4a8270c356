"""The page's side of the studio: full Python in a worker (web/studio.js), fetched and started when first asked.

studio = Studio(on_progress, on_step)
blob = await studio.ask("save", record(picture=file, ...))
studio.close()
"""

import asyncio

import js

from detector.browser.interop import address, attempt, create_proxy, has, is_none, record
from detector.errors import ClosedError, StudioError


class Studio:
    """One worker at most. After an error it is gone, and the next question starts another.

    on_progress(stage, received, total): bytes of a part as they arrive, total 0 while unknown. on_step(words): what it
    does now.
    """

    def __init__(self, on_progress: object, on_step: object) -> None:
        self._on_progress = on_progress
        self._on_step = on_step
        self._worker = None
        self._asked = 0
        self._waiting = {}  # id: (event, list for the answer)
        # For every worker there will be: a proxy lives as long as the page.
        self._heard = create_proxy(self._on_message)
        self._failed = create_proxy(self._on_failure)

    async def ask(self, method: str, args: object, *moved: object) -> object:
        """What a method of the studio gives for `args`, a JavaScript object; `moved` of it changes hands.

        Raises StudioError or what the studio says went wrong, ClosedError after `close`.
        """
        self._open()
        self._asked += 1
        question = self._asked
        done, answer = self._waiting[question] = (asyncio.Event(), [])
        message = record(id=question, method=method, args=args)
        try:
            await attempt(self._worker, "postMessage", message, js.Array.of(*moved))
            await done.wait()
        finally:
            self._waiting.pop(question, None)
        if not answer:
            raise ClosedError("The studio was closed.", "")
        if isinstance(answer[0], StudioError):
            self.close()
            raise answer[0]
        return answer[0]

    def close(self) -> None:
        """End the worker, which gives its memory back; whoever waits gets ClosedError."""
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.terminate()
        for done, _ in self._waiting.values():
            done.set()

    def _open(self) -> None:
        if self._worker is None:
            self._worker = js.Worker.new(address("./web/studio.js"), record(type="module", name="studio"))
            self._worker.onmessage = self._heard
            self._worker.onerror = self._failed

    def _on_message(self, event: object) -> None:
        told = event.data
        if has(told, "id"):
            failed = has(told, "error")
            self._answer(told.id, StudioError(told.error.message, told.error.hint) if failed else told.result)
        elif self._waiting:
            if has(told, "step"):
                self._on_step(told.step)
            else:
                self._on_progress(told.progress.stage, told.progress.received, told.progress.total)

    def _on_failure(self, event: object) -> None:
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

    def _answer(self, question: int, answer: object) -> None:
        if question in self._waiting:
            done, answers = self._waiting[question]
            answers.append(answer)
            done.set()
