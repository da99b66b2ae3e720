"""A child process without a heartbeat is killed and started again; one with a heartbeat is not."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from typing import Any

import pytest

from processing.runtime import heartbeat
from processing.runtime.supervisor import Supervised

SILENT = "import time; time.sleep(600)"
BEATING = (
    "import os, time\n"
    "from processing.runtime import heartbeat\n"
    "heartbeat.BEAT_SECONDS = 0.05\n"
    "heartbeat.start_heartbeat(int(os.environ[heartbeat.VARIABLE]))\n"
    "time.sleep(600)"
)
BEATING_AFTER_ERRORS = (
    "import os, sys, time\n"
    "from processing.runtime import heartbeat\n"
    "heartbeat.BEAT_SECONDS = 0.05\n"
    "write, errors = os.write, [OSError(), ValueError()]\n"
    "def fail_twice(target, data):\n"
    "    if target == int(sys.argv[1]) and errors:\n"
    "        raise errors.pop()\n"
    "    return write(target, data)\n"
    "os.write = fail_twice\n"
    "heartbeat.start_heartbeat(int(sys.argv[1]))\n"
    "time.sleep(600)"
)
WAIT_SECONDS = 60


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("processing.runtime.supervisor.POLL_SECONDS", 0.1)


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


def test_a_child_with_a_heartbeat_is_left_alone() -> None:
    deaths: list[int] = []
    child = Supervised("beating", [sys.executable, "-c", BEATING], on_exit=deaths.append, silence_seconds=20)
    child.start()
    try:
        assert child.process is not None and not threading.Event().wait(1)
        assert child.process.poll() is None and not deaths
    finally:
        child.stop()


def test_a_child_that_can_not_be_started_again_is_tried_until_it_can(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("processing.runtime.supervisor.LONGEST_PAUSE_SECONDS", 0.1)
    child = Supervised("dying", [sys.executable, "-c", SILENT])
    child.start()
    first, popen, failures = child.process, subprocess.Popen, [OSError("no memory"), OSError("no memory")]
    assert first is not None

    def fail_twice(*arguments: Any, **options: Any) -> subprocess.Popen[bytes]:
        if failures:
            raise failures.pop()
        return popen(*arguments, **options)

    monkeypatch.setattr("processing.runtime.supervisor.subprocess.Popen", fail_twice)
    try:
        first.kill()
        deadline = time.monotonic() + WAIT_SECONDS
        while child.process is first and time.monotonic() < deadline:
            time.sleep(0.05)
        assert child.process is not first and child.process is not None and child.process.poll() is None
        assert not failures
    finally:
        child.stop()


def test_heartbeat_goes_on_after_an_error() -> None:
    read_end, write_end = heartbeat.open_pipe()
    child = subprocess.Popen([sys.executable, "-c", BEATING_AFTER_ERRORS, str(write_end)], pass_fds=(write_end,))
    try:
        deadline = time.monotonic() + WAIT_SECONDS
        while not (beaten := heartbeat.has_beaten(read_end)) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert beaten and child.poll() is None
    finally:
        child.kill()
        child.wait()
        os.close(read_end)
        os.close(write_end)
