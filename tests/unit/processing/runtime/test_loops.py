"""A loop goes on after any error, says what fails, and ends the process where it ends although nobody stopped it."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading

import pytest

from processing.runtime import loops
from processing.runtime.exits import EXIT_LOOP_ENDED
from processing.runtime.loops import Loop, TaskLoop, ThreadLoop, VitalTask

WAIT_SECONDS = 30
ENDING_THREAD = """
import time
from processing.runtime.loops import ThreadLoop
def end():
    raise SystemExit(0)
ThreadLoop("ending", end, 0.0).start()
time.sleep(600)
"""
ENDING_TASK = """
import asyncio
from processing.runtime.loops import VitalTask
async def run():
    VitalTask("ending", {work})
    await asyncio.sleep(600)
asyncio.run(run())
"""


class Body:
    """Fails as often as ``errors`` says, then succeeds; ``done`` is set at the third success."""

    def __init__(self, *errors: Exception) -> None:
        self.errors, self.successes, self.done = list(errors), 0, threading.Event()

    def __call__(self) -> None:
        if self.errors:
            raise self.errors.pop(0)
        self.successes += 1
        if self.successes == 3:
            self.done.set()

    async def call(self) -> None:
        self()


def test_a_thread_goes_on_after_errors_and_counts_them() -> None:
    body = Body(ValueError("secret"), OSError(), RecursionError())
    loop = ThreadLoop("threaded", body, 0.0, first_pause=0.0)
    loop.start()
    assert body.done.wait(WAIT_SECONDS)
    loop.stop(WAIT_SECONDS)
    assert (loop.failures, loop.in_a_row, loop.failing_since) == (3, 0, None)
    assert loop.last_success is not None and loop not in loops.list_loops()


async def test_a_task_goes_on_after_errors_until_it_is_cancelled() -> None:
    body = Body(ValueError("secret"), OSError())
    loop = TaskLoop("tasked", body.call, 0.0, first_pause=0.0)
    running = asyncio.create_task(loop.run())
    async with asyncio.timeout(WAIT_SECONDS):
        while not body.done.is_set():
            await asyncio.sleep(0)
    assert loop.failures == 2 and loop in loops.list_loops()
    running.cancel()
    await asyncio.wait([running])
    assert running.cancelled() and loop not in loops.list_loops()


def test_pauses_double_up_to_the_longest_and_begin_anew_after_a_success() -> None:
    loop = Loop("pausing", 7.0, first_pause=1.0, longest_pause=8.0)
    for longest in (1.0, 2.0, 4.0, 8.0, 8.0):
        assert longest / 2 <= loop.note_failure(ValueError()) <= longest
    assert loop.note_success() == 7.0
    assert loop.note_failure(ValueError()) <= 1.0


def test_a_pause_that_was_asked_for_is_kept_up_to_a_limit() -> None:
    loop = Loop("asked", 0.0, choose_pause=lambda error: 17.0 if isinstance(error, ValueError) else 1e9)
    assert loop.note_failure(ValueError()) == 17.0
    assert loop.note_failure(TypeError()) == loops.LONGEST_ASKED_SECONDS


def test_what_fails_for_a_minute_is_named_with_its_last_error_and_no_text(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr("processing.runtime.loops.time.monotonic", lambda: now[0])
    loop = Loop("failing", 0.0)
    loops.register(loop)
    try:
        loop.note_failure(ValueError("a secret"))
        now[0] += 59
        loop.note_failure(ConnectionError("a secret"))
        assert loops.describe_failing() == ""
        now[0] += 2
        assert loops.describe_failing() == 'loop "failing" fails since 61 s: ConnectionError'
        loop.note_success()
        assert loops.describe_failing() == ""
        loop.begin_round()
        now[0] += loops.LONGEST_ROUND_SECONDS
        assert "does not return" in loops.describe_failing()
    finally:
        loops.unregister(loop)


@pytest.mark.parametrize(
    "script",
    [
        ENDING_THREAD,
        ENDING_TASK.format(work="asyncio.sleep(0)"),
        ENDING_TASK.format(work="asyncio.wait_for(asyncio.Event().wait(), 0.1)"),
    ],
)
def test_a_loop_that_ends_ends_the_process(script: str) -> None:
    ended = subprocess.run([sys.executable, "-c", script], timeout=WAIT_SECONDS, capture_output=True, text=True)
    assert ended.returncode == EXIT_LOOP_ENDED and "loop_ended" in ended.stderr


async def test_a_vital_task_that_is_stopped_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    ends: list[str] = []
    monkeypatch.setattr("processing.runtime.loops.end_process", lambda name, *_: ends.append(name))
    stopped, lost = VitalTask("stopped", asyncio.sleep(600)), VitalTask("lost", asyncio.sleep(600))
    await stopped.stop()
    lost.task.cancel()
    await asyncio.wait([lost.task])
    await asyncio.sleep(0)
    assert ends == ["lost"]
