"""Keeps child processes alive: starts them again when they die, until they are stopped."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence

from processing.runtime import heartbeat, secrets
from processing.runtime.loops import ThreadLoop

# The pause before a restart, which doubles up to the longest; the work of a dead child waits meanwhile.
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 8.0
# A child that dies after this time has not died early.
SETTLED_SECONDS = 60.0
POLL_SECONDS = 1.0
STOP_SECONDS = 10.0
log = logging.getLogger(__name__)


class Supervised:
    """One child process, started again when it dies. The pause before that doubles while the child keeps dying early.

    ``secrets`` are handed over through a pipe (``processing.runtime.secrets``), because others can read an environment.
    ``on_exit`` is called with the pid of a process that died; errors in it are logged. With ``silence_seconds``, a
    child that sends no heartbeat for that long, or never sent one, is killed and started again: a frozen process may
    hold a lock that all others wait for.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str] | None = None,
        secrets: Mapping[str, str] | None = None,
        on_exit: Callable[[int], None] | None = None,
        silence_seconds: float = 0,
    ) -> None:
        self.name, self.command, self.on_exit = name, list(command), on_exit
        self.silence_seconds = silence_seconds
        self._heartbeat_end = -1
        self.environment = dict(os.environ, **(environment or {}))
        self.secrets = dict(secrets or {})
        self.process: subprocess.Popen[bytes] | None = None
        self._began, self._pause, self._silent_polls = 0.0, FIRST_PAUSE_SECONDS, 0
        # True from the death of the child until another one runs.
        self._missing = False
        # A machine without free memory may have some later, so starting a child is tried until it succeeds.
        self._loop = ThreadLoop(f"supervise-{name}", self._attend, 0.0, longest_pause=LONGEST_PAUSE_SECONDS)
        self._stop = self._loop.stopping

    def start(self) -> None:
        self._launch()
        self._loop.start()

    def ask_to_stop(self) -> None:
        """Send SIGTERM and return without waiting."""
        self._stop.set()
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)

    def stop(self, seconds: float = STOP_SECONDS) -> None:
        """Ask the child to end and wait; kill it if it still runs after ``seconds``.

        The children of a killed child notice that their parent is gone and end by themselves.
        """
        self.ask_to_stop()
        process = self.process
        if process is None or process.poll() is not None:
            return
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            log.error("child_killed", extra={"child": self.name})
            process.kill()
            process.wait()

    def _launch(self) -> None:
        read_end, write_end = heartbeat.open_pipe()
        try:
            self.process = self._start(write_end)
        except Exception:
            os.close(read_end)
            raise
        finally:
            os.close(write_end)
        if self._heartbeat_end >= 0:
            os.close(self._heartbeat_end)
        self._heartbeat_end = read_end
        self._began, self._silent_polls, self._missing = time.monotonic(), 0, False
        log.info("child_started", extra={"child": self.name, "pid": self.process.pid})

    def _start(self, heartbeat_end: int) -> subprocess.Popen[bytes]:
        secrets_end = secrets.open_pipe(self.secrets)
        try:
            numbers = {heartbeat.VARIABLE: str(heartbeat_end), secrets.VARIABLE: str(secrets_end)}
            return subprocess.Popen(
                self.command,
                env=self.environment | numbers,
                stdin=subprocess.DEVNULL,
                pass_fds=(heartbeat_end, secrets_end),
            )
        finally:
            os.close(secrets_end)

    def _attend(self) -> None:
        """Watch the child for ``POLL_SECONDS``; if it has died, start it again after a pause."""
        assert self.process is not None
        if not self._missing:
            code = self._wait_for_end(self.process)
            if code is None or self._stop.is_set():
                return
            self._missing = True
            self._note_death(self.process.pid, code)
            if self._stop.wait(self._pause):
                return
        self._launch()
        if self._stop.is_set():
            self.ask_to_stop()

    def _wait_for_end(self, process: subprocess.Popen[bytes]) -> int | None:
        """Return the exit code, or None if the child runs. It is killed if it is silent for ``silence_seconds``.

        Silence is counted in polls and not by the clock, so that no child is killed after the machine was suspended.
        """
        try:
            return process.wait(POLL_SECONDS)
        except subprocess.TimeoutExpired:
            self._silent_polls = 0 if heartbeat.has_beaten(self._heartbeat_end) else self._silent_polls + 1
        if self.silence_seconds and self._silent_polls * POLL_SECONDS >= self.silence_seconds:
            log.error("child_frozen", extra={"child": self.name, "pid": process.pid})
            process.kill()
        return None

    def _note_death(self, pid: int, code: int) -> None:
        """Choose the pause before the restart, and call ``on_exit``."""
        settled = time.monotonic() - self._began > SETTLED_SECONDS
        self._pause = FIRST_PAUSE_SECONDS if settled else min(LONGEST_PAUSE_SECONDS, self._pause * 2)
        log.error("child_died", extra={"child": self.name, "code": code, "pause": self._pause})
        self._run_on_exit(pid)

    def _run_on_exit(self, pid: int) -> None:
        try:
            if self.on_exit is not None:
                self.on_exit(pid)
        except Exception as error:
            log.warning("on_exit_failed", extra={"child": self.name}, exc_info=error)


def stop_all(children: Sequence[Supervised], seconds: float) -> None:
    """Stop the children at the same time; return when the last one has ended."""
    threads = [threading.Thread(target=child.stop, args=(seconds,)) for child in children]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
