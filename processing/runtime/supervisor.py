"""Keeps child processes alive: started again when they die, ended with us."""

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

from processing.runtime import heartbeat

# What it held waits so long at most: whoever sent it is to notice nothing.
LONGEST_PAUSE_SECONDS = 8.0
SETTLED_SECONDS = 60.0
LOOK_SECONDS = 1.0
STOP_SECONDS = 10.0
log = logging.getLogger(__name__)


class Supervised:
    """One child; the pause before a new start doubles while it keeps dying early.

    ``on_exit`` is called with the number of a process that died; what it raises stops nothing. One that beats is
    killed when it is silent for ``silence_seconds``: frozen, it may hold the lock that all others wait for.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str] | None = None,
        on_exit: Callable[[int], None] | None = None,
        silence_seconds: float = 0,
    ) -> None:
        self.name, self.command, self.on_exit = name, list(command), on_exit
        self.silence_seconds = silence_seconds
        self._listening = -1
        self.environment = dict(os.environ, **(environment or {}))
        self.process: subprocess.Popen[bytes] | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"supervise-{name}", daemon=True)

    def start(self) -> None:
        self._launch()
        self._thread.start()

    def ask_to_stop(self) -> None:
        """Begin to end it, without waiting."""
        self._stop.set()
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)

    def stop(self, seconds: float = STOP_SECONDS) -> None:
        """Ask the child to end; what does not within ``seconds`` is killed, and its own children end by themselves."""
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

    def _launch(self) -> float:
        listening, speaking = heartbeat.open_pipe()
        environment = self.environment | {heartbeat.VARIABLE: str(speaking)}
        self.process = subprocess.Popen(self.command, env=environment, stdin=subprocess.DEVNULL, pass_fds=(speaking,))
        os.close(speaking)
        if self._listening >= 0:
            os.close(self._listening)
        self._listening = listening
        log.info("child_started", extra={"child": self.name, "pid": self.process.pid})
        return time.monotonic()

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
            began = self._launch()

    def _wait_for_end(self, process: subprocess.Popen[bytes]) -> int:
        """Looks are counted, not seconds: after a sleep of the whole machine nobody is killed for it."""
        silent = 0
        while True:
            try:
                return process.wait(LOOK_SECONDS)
            except subprocess.TimeoutExpired:
                silent = 0 if heartbeat.has_beaten(self._listening) else silent + 1
            if self.silence_seconds and silent * LOOK_SECONDS >= self.silence_seconds:
                log.error("child_frozen", extra={"child": self.name, "pid": process.pid})
                process.kill()

    def _run_on_exit(self, pid: int) -> None:
        try:
            if self.on_exit is not None:
                self.on_exit(pid)
        except Exception as error:
            log.warning("death_not_noted", extra={"child": self.name}, exc_info=error)


def stop_all(children: Sequence[Supervised], seconds: float) -> None:
    """Side by side, so that the whole takes as long as the slowest."""
    threads = [threading.Thread(target=child.stop, args=(seconds,)) for child in children]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def leave(code: int) -> NoReturn:
    """End this process now: what its threads still hold is swept, and taking heavy libraries down takes seconds."""
    logging.shutdown()
    sys.stdout.flush()
    os._exit(code)
