"""Loops that must live: no error ends them, and what keeps failing is shown by the health checks.

A loop calls its body again and again. After an error it waits, each time for longer up to a limit, and goes on. The
process knows its running loops, so that ``list_failing`` can name those that have failed for long. A loop whose thread
or task ends although nobody stopped it ends the process, because a supervisor can start a process again and nobody
else can start a loop.
"""

from __future__ import annotations

import asyncio
import logging
import random
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from processing.runtime.exits import EXIT_LOOP_ENDED, exit_now

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0
# A loop that has failed for so long is shown as failing.
PATIENCE_SECONDS = 60.0
# A body that has not returned for so long hangs.
LONGEST_ROUND_SECONDS = 600.0
# Pauses that a server asks for are not longer than this.
LONGEST_ASKED_SECONDS = 300.0
log = logging.getLogger(__name__)

_running: set[Loop] = set()
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Trouble:
    """A loop that does not do its work: for how many seconds, and the last error without its text."""

    name: str
    seconds: float
    error: str

    def describe(self) -> str:
        return f'loop "{self.name}" fails since {self.seconds:.0f} s: {self.error}'


class Loop:
    """What is known of a loop: ``failures`` in all, ``in_a_row`` since the last success, and ``last_error``.

    ``every`` is the pause after a success in seconds. The pause after an error begins with ``first_pause`` and doubles
    up to ``longest_pause``, each time shortened by up to a half at random, so that many processes don't try in step.
    ``choose_pause`` may return another pause for an error, in seconds, or None. ``name_error`` returns the words for
    an error; they must not hold its text, which may have secrets or words of people in it.
    """

    def __init__(
        self,
        name: str,
        every: float,
        *,
        first_pause: float = FIRST_PAUSE_SECONDS,
        longest_pause: float = LONGEST_PAUSE_SECONDS,
        choose_pause: Callable[[Exception], float | None] | None = None,
        name_error: Callable[[Exception], str] | None = None,
    ) -> None:
        self.name, self.every, self.first_pause, self.longest_pause = name, every, first_pause, longest_pause
        self._choose_pause, self._name_error = choose_pause, name_error or name_error_class
        self.failures = self.in_a_row = 0
        self.last_error = ""
        self.last_success: float | None = None
        self.failing_since: float | None = None
        self._round_began: float | None = None

    def begin_round(self) -> None:
        self._round_began = time.monotonic()

    def note_success(self) -> float:
        """Return the pause before the next round in seconds."""
        if self.failing_since is not None:
            log.info("loop_recovered", extra={"loop": self.name, "failures": self.in_a_row})
        self.last_success, self.failing_since, self.in_a_row, self._round_began = time.monotonic(), None, 0, None
        return self.every

    def note_failure(self, error: Exception) -> float:
        """Count and log the failure, and return the pause before the next round in seconds."""
        self._round_began = None
        self.failures += 1
        self.in_a_row += 1
        self.last_error = self._name_error(error)
        if self.failing_since is None:
            self.failing_since = time.monotonic()
        pause = self._get_pause(error)
        facts = {"loop": self.name, "error": self.last_error, "in_a_row": self.in_a_row, "pause": round(pause, 2)}
        # The whole error once for each series; a loop that fails for hours would fill the log.
        log.warning("loop_failed", extra=facts, exc_info=error if self.in_a_row == 1 else None)
        return pause

    def find_trouble(self, patience: float = PATIENCE_SECONDS) -> Trouble | None:
        """Return what is wrong if the loop has failed for ``patience`` seconds, or if a round does not end."""
        now, began, since = time.monotonic(), self._round_began, self.failing_since
        if since is not None and now - since >= patience:
            return Trouble(self.name, now - since, self.last_error)
        if began is not None and now - began >= LONGEST_ROUND_SECONDS:
            return Trouble(self.name, now - began, "does not return")
        return None

    def _get_pause(self, error: Exception) -> float:
        asked = self._choose_pause(error) if self._choose_pause else None
        if asked is not None:
            return min(LONGEST_ASKED_SECONDS, max(0.0, asked))
        # The exponent is bounded, because a power of two with a thousand digits is no float.
        pause = min(self.longest_pause, self.first_pause * 2.0 ** min(self.in_a_row - 1, 30))
        return pause * random.uniform(0.5, 1.0)


class ThreadLoop(Loop):
    """A loop in a thread. With ``late`` the first round comes after the pause, else at once."""

    def __init__(
        self, name: str, body: Callable[[], object], every: float, *, late: bool = False, **options: Any
    ) -> None:
        super().__init__(name, every, **options)
        self._body, self._late = body, late
        self.stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, seconds: float = 0.0) -> None:
        """Ask the loop to end after its round, and wait for that up to ``seconds``."""
        self.stopping.set()
        if seconds and self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(seconds)

    def _run(self) -> None:
        end: BaseException | None = None
        try:
            self._run_rounds()
        except BaseException as error:
            end = error
        unregister(self)
        if not self.stopping.is_set():
            end_process(self.name, end)

    def _run_rounds(self) -> None:
        register(self)
        pause = self.every if self._late else 0.0
        while not self.stopping.wait(pause):
            self.begin_round()
            try:
                self._body()
                pause = self.note_success()
            except Exception as error:
                pause = self.note_failure(error)


class TaskLoop(Loop):
    """A loop on the event loop, for a ``VitalTask``. ``rest`` waits after a success, for up to the given seconds."""

    def __init__(
        self,
        name: str,
        body: Callable[[], Awaitable[object]],
        every: float,
        *,
        rest: Callable[[float], Awaitable[object]] = asyncio.sleep,
        **options: Any,
    ) -> None:
        super().__init__(name, every, **options)
        self._body, self._rest = body, rest

    async def run(self) -> None:
        """Call the body again and again until cancelled."""
        register(self)
        try:
            while True:
                self.begin_round()
                try:
                    await self._body()
                except Exception as error:
                    await asyncio.sleep(self.note_failure(error))
                else:
                    await self._rest(self.note_success())
        finally:
            unregister(self)


class VitalTask:
    """A task without which this process is of no use: if it ends although ``stop`` was not called, the process ends."""

    def __init__(self, name: str, work: Coroutine[Any, Any, object]) -> None:
        self.name = name
        self._stopping = False
        self.task = asyncio.create_task(work, name=name)
        self.task.add_done_callback(self._check_end)

    async def stop(self) -> None:
        self._stopping = True
        self.task.cancel()
        with suppress(asyncio.CancelledError):
            await self.task

    def _check_end(self, task: asyncio.Task[object]) -> None:
        if not self._stopping and not task.get_loop().is_closed():
            end_process(self.name, None if task.cancelled() else task.exception())


def register(loop: Loop) -> None:
    with _lock:
        _running.add(loop)


def unregister(loop: Loop) -> None:
    with _lock:
        _running.discard(loop)


def list_loops() -> Sequence[Loop]:
    """Return the loops that run in this process, by name."""
    with _lock:
        return sorted(_running, key=lambda loop: loop.name)


def list_failing(patience: float = PATIENCE_SECONDS) -> list[Trouble]:
    """Return the loops of this process that have failed for ``patience`` seconds."""
    troubles = (loop.find_trouble(patience) for loop in list_loops())
    return [trouble for trouble in troubles if trouble is not None]


def describe_failing(patience: float = PATIENCE_SECONDS) -> str:
    """Return a text that names the loops of this process that have failed for ``patience`` seconds; empty if none."""
    return "; ".join(trouble.describe() for trouble in list_failing(patience))


def name_error_class(error: Exception) -> str:
    """Return the class of the error, and that of its cause; never its text."""
    cause = error.__cause__
    return type(error).__name__ + (f" ({type(cause).__name__})" if cause is not None else "")


def end_process(name: str, error: BaseException | None = None) -> None:
    """End this process, because a loop or task that must live has ended."""
    log.critical("loop_ended", extra={"loop": name, "error": type(error).__name__ if error else ""}, exc_info=error)
    exit_now(EXIT_LOOP_ENDED)
