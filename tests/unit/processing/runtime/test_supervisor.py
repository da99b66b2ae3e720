"""A child that dies is started again; one that is frozen is killed for it, one that beats is not."""

from __future__ import annotations

import sys
import threading

import pytest

from processing.runtime.supervisor import Supervised

SILENT = "import time; time.sleep(600)"
BEATING = (
    "import os, time\n"
    "from processing.runtime import heartbeat\n"
    "heartbeat.BEAT_SECONDS = 0.05\n"
    "heartbeat.start_beating(int(os.environ[heartbeat.VARIABLE]))\n"
    "time.sleep(600)"
)
WAIT_SECONDS = 60


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("processing.runtime.supervisor.LOOK_SECONDS", 0.1)


def test_a_frozen_child_is_killed_and_started_again() -> None:
    deaths: list[int] = []
    died = threading.Event()

    def note(pid: int) -> None:
        deaths.append(pid)
        died.set()

    child = Supervised("frozen", [sys.executable, "-c", SILENT], on_exit=note, silence_seconds=0.5)
    child.start()
    assert child.process is not None
    first = child.process.pid
    try:
        assert died.wait(WAIT_SECONDS)
        assert deaths[0] == first
    finally:
        child.stop()


def test_a_child_that_beats_is_left_alone() -> None:
    deaths: list[int] = []
    child = Supervised("beating", [sys.executable, "-c", BEATING], on_exit=deaths.append, silence_seconds=20)
    child.start()
    try:
        assert child.process is not None and not threading.Event().wait(1)
        assert child.process.poll() is None and not deaths
    finally:
        child.stop()
