"""Suspects: work during which a process died. It is tried alone in a process, so that nothing else dies with it."""

from __future__ import annotations

import logging
import os
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from db.operations.upkeep import work_queue
from errors import TransientFailure
from processing.jobs.kind import JobKind
from processing.jobs.run import run_next
from processing.runtime import heartbeat, secrets
from processing.runtime.leases import name_worker, release_dead_worker
from processing.services import WorkerServices

# A process for suspects takes no further one after this time, so that other work has its turn in a worker with one
# thread.
SERIES_SECONDS = 60.0
POLL_SECONDS = 0.5
# A process without a heartbeat for this long is killed, as the supervisor does with workers.
SILENCE_SECONDS = 60.0
# How long the process may take to stop; it puts its work back by itself before.
STOP_SECONDS = 4.5
# Of all processes, this one is ended first if the machine has no memory left.
OOM_SCORE = Path("/proc/self/oom_score_adj")
MOST_LIKELY = "1000"
log = logging.getLogger(__name__)


class SuspectRunner:
    """Tries the suspects of one queue, at most one at a time for each worker: a process loads all heavy libraries."""

    def __init__(self, services: WorkerServices, kinds: Sequence[JobKind[Any]]) -> None:
        self.services, self.kinds = services, kinds
        self._running = threading.Lock()

    def run(self) -> bool:
        """Run the process until it ends, if a suspect is due.

        Return False if there is none, or if another thread runs the process already.
        """
        if not self.services.suspect_command or not self._running.acquire(blocking=False):
            return False
        try:
            return has_due_suspect(self.services, self.kinds) and self._run_process()
        finally:
            self._running.release()

    def _run_process(self) -> bool:
        try:
            with start(self.services.suspect_command, self.services.secrets) as (process, heartbeat_end):
                watch(process, heartbeat_end, self.services.stopping)
        except OSError as error:
            log.error("suspects_not_started", exc_info=error)
            return False
        # Rows that a killed process still had in work count as failed attempts. After an orderly end there are none.
        # When this process stops, too, the rows are left to the expiry of their leases.
        if not self.services.stopping.is_set():
            with suppress(TransientFailure):
                release_dead_worker(self.services.database, name_worker(process.pid), self.services.clock())
        return True


def has_due_suspect(services: WorkerServices, kinds: Sequence[JobKind[Any]]) -> bool:
    now = services.clock()
    with services.database.upkeep(reading=True) as session:
        return any(work_queue.has_due_suspect(session, kind.model, now, kind.stored_kind) for kind in kinds)


@contextmanager
def start(command: Sequence[str], handed_over: Mapping[str, str]) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A context with the started process and the read end of its heartbeat. The process ends with the context.

    ``handed_over`` are the secrets that it needs, by the names of their variables.
    """
    read_end, write_end = heartbeat.open_pipe()
    try:
        secrets_end = secrets.open_pipe(handed_over)
        try:
            ends = {heartbeat.VARIABLE: str(write_end), secrets.VARIABLE: str(secrets_end)}
            process = subprocess.Popen(
                command, env=os.environ | ends, stdin=subprocess.DEVNULL, pass_fds=(write_end, secrets_end)
            )
        finally:
            os.close(write_end)
            os.close(secrets_end)
        log.info("suspects_started", extra={"pid": process.pid})
        try:
            yield process, read_end
        finally:
            process.kill()
            log.info("suspects_ended", extra={"pid": process.pid, "code": process.wait()})
    finally:
        os.close(read_end)


def watch(process: subprocess.Popen[bytes], heartbeat_end: int, stopping: threading.Event) -> None:
    """Return when the process has ended, was silent for ``SILENCE_SECONDS``, or did not stop in time."""
    silent_polls = 0
    while not stopping.is_set():
        with suppress(subprocess.TimeoutExpired):
            process.wait(POLL_SECONDS)
            return
        silent_polls = 0 if heartbeat.has_beaten(heartbeat_end) else silent_polls + 1
        if silent_polls * POLL_SECONDS >= SILENCE_SECONDS:
            log.error("suspects_frozen", extra={"pid": process.pid})
            return
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(STOP_SECONDS)


def run_suspects(services: WorkerServices, kinds: Sequence[JobKind[Any]]) -> None:
    """Run due suspects one after the other until none is due, or for ``SERIES_SECONDS``. ``services`` are alone."""
    with suppress(OSError):
        OOM_SCORE.write_text(MOST_LIKELY)
    until = time.monotonic() + SERIES_SECONDS
    while time.monotonic() < until and not services.stopping.is_set():
        if not any(run_next(services, kind) for kind in kinds):
            return
