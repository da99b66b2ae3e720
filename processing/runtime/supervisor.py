"""Keeps child processes alive: starts them again when they die, until they are stopped."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn

from processing.runtime import heartbeat, secrets

# The longest pause before a restart; the work of a dead child waits meanwhile.
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
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"supervise-{name}", daemon=True)

    def start(self) -> None:
        self._launch()
        self._thread.start()

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

    def _relaunch(self) -> None:
        """Start the child again, and try until that succeeds: a machine without free memory may have some later."""
        while not self._stop.is_set():
            try:
                self._launch()
                return
            except Exception as error:
                log.error("child_not_started", extra={"child": self.name}, exc_info=error)
                self._stop.wait(LONGEST_PAUSE_SECONDS)

    def _run(self) -> None:
        began, pause = time.monotonic(), 0.5
        while not self._stop.is_set():
            assert self.process is not None
            code = self._wait_for_end(self.process)
            if self._stop.is_set():
                return
            pause = 0.5 if time.monotonic() - began > SETTLED_SECONDS else min(LONGEST_PAUSE_SECONDS, pause * 2)
            log.error("child_died", extra={"child": self.name, "code": code, "pause": pause})
            self._run_on_exit(self.process.pid)
            if self._stop.wait(pause):
                return
            self._relaunch()
            began = time.monotonic()

    def _wait_for_end(self, process: subprocess.Popen[bytes]) -> int:
        """Return the exit code of the child, which is killed if it is silent for ``silence_seconds``.

        Silence is counted in polls and not by the clock, so that no child is killed after the machine was suspended.
        """
        silent_polls = 0
        while True:
            try:
                return process.wait(POLL_SECONDS)
            except subprocess.TimeoutExpired:
                silent_polls = 0 if heartbeat.has_beaten(self._heartbeat_end) else silent_polls + 1
            if self.silence_seconds and silent_polls * POLL_SECONDS >= self.silence_seconds:
                log.error("child_frozen", extra={"child": self.name, "pid": process.pid})
                process.kill()

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


def exit_now(code: int) -> NoReturn:
    """End this process without waiting for its threads or for heavy libraries, whose shutdown takes seconds.

    Work that the threads had claimed is due again when its leases expire or are released.
    """
    logging.shutdown()
    sys.stdout.flush()
    os._exit(code)
