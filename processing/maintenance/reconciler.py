"""Wakes workers for due work and deletes what is no longer needed.

This happens every few seconds, because a wake-up may be lost and a process may die at any moment.
"""

from __future__ import annotations

import logging
import shutil
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

from db.operations.upkeep import clocks, garbage, work_queue, workers
from errors import SocrateError
from processing.documents.space import measure_unmeasured
from processing.jobs import inbox
from processing.jobs.rate_limits import EVENTS_KEPT
from processing.kinds import KINDS
from processing.maintenance.garbage import GarbageCollector
from processing.maintenance.retention import ROWS_AT_ONCE, drop_expired
from processing.notifications import outbox
from processing.runtime.loops import ThreadLoop
from processing.services import Services, WorkerServices

RECONCILE_SECONDS = 5.0
ROUNDS_BETWEEN_COLLECTIONS = 120
WAKE_UPS_AT_ONCE = 8
WORKER_SILENT = timedelta(minutes=2)
QUESTIONS_KEPT = timedelta(days=1)
# A file or folder in the scratch directory is left over if nothing was written to it for so long. For the folder of an
# attempt that is not in work the time is shorter: it is for an attempt claimed after the list of attempts was read.
# Longer than the bot downloads a file, which is written only when all of it has come.
LEFTOVER_SECONDS = 900
ATTEMPT_SECONDS = 15
log = logging.getLogger(__name__)


def reconcile(services: Services) -> Exception | None:
    """Make one round. A part that fails does not stop the others; the first error is returned."""
    errors = []
    parts = (sync_clock, wake_workers, outbox.drop_old_messages, drop_stale, uncache_deleted, inbox.drop_ended_updates)
    for part in parts:
        errors.append(run_part(part.__name__, partial(part, services)))
    return next(filter(None, errors), None)


def run_part(name: str, part: Callable[[], None]) -> Exception | None:
    """Call ``part``; log an error and return it. The next round tries again."""
    try:
        part()
    except SocrateError as error:
        log.warning("reconcile_failed", extra={"part": name, "error": error.key})
        return error
    except Exception as error:
        log.error("reconcile_failed", extra={"part": name}, exc_info=error)
        return error
    return None


def sync_clock(services: Services) -> None:
    """Set the clock of this process by that of the database."""
    services.sync_clock()


def undo_future(services: Services) -> None:
    """Let work go on that was claimed or put off while the clock was ahead."""
    with services.database.upkeep() as session:
        count = clocks.undo_future(session, services.clock())
    if count:
        log.warning("future_undone", extra={"rows": count})


def wake_workers(services: Services) -> None:
    """Send wake-ups for due work, up to ``WAKE_UPS_AT_ONCE`` in each queue with those that wait there already."""
    now, due = services.clock(), Counter[str]()
    with services.database.upkeep(reading=True) as session:
        for kind in KINDS:
            due[kind.queue] += work_queue.count_due(session, kind.model, now, kind.stored_kind, limit=WAKE_UPS_AT_ONCE)
    for queue, count in due.items():
        missing = min(count, WAKE_UPS_AT_ONCE) - (services.wake_up.get_length(queue) if count else 0)
        for _ in range(missing):
            services.wake_up.notify_worker(queue)


def drop_stale(services: Services) -> None:
    """Delete the rows of silent workers, old questions and events, and the scratch directories of dead attempts."""
    now = services.clock()
    with services.database.upkeep() as session:
        workers.drop_silent_workers(session, now - WORKER_SILENT)
        garbage.drop_old_questions(session, now - QUESTIONS_KEPT, ROWS_AT_ONCE)
        garbage.drop_old_events(session, now - EVENTS_KEPT)
        working = work_queue.list_working_attempts(session)
    if services.scratch_directory.is_dir():
        for folder in services.scratch_directory.iterdir():
            drop_leftover(folder, working)


def uncache_deleted(services: Services) -> None:
    """Remove documents that another process has deleted from the index cache of this worker."""
    if not isinstance(services, WorkerServices):
        return
    opened = services.index_cache.list_document_ids()
    if opened:
        with services.database.upkeep(reading=True) as session:
            existing = {row.id for row in garbage.list_existing(session, opened)}
        services.index_cache.drop(opened - existing)


def drop_leftover(folder: Path, working: set[tuple[str, int]]) -> None:
    if is_left_over(folder, working):
        shutil.rmtree(folder, ignore_errors=True) if folder.is_dir() else folder.unlink(missing_ok=True)


def is_left_over(folder: Path, working: set[tuple[str, int]], patience: float = 0.0) -> bool:
    """Return True if a scratch directory belongs to no attempt in work and was not written to for some time.

    That is ``ATTEMPT_SECONDS`` for the folder of an attempt, named ``<row id>-<fencing token>-…``, ``LEFTOVER_SECONDS``
    for any other, and ``patience`` seconds more for both.
    """
    row_id, _, rest = folder.name.partition("-")
    fencing_token = rest.partition("-")[0]
    is_attempt = fencing_token.isdigit()
    if is_attempt and (row_id, int(fencing_token)) in working:
        return False
    try:
        touched = max(path.stat().st_mtime for path in (folder, *folder.rglob("*")))
    except FileNotFoundError:
        return False
    return time.time() - touched > patience + (ATTEMPT_SECONDS if is_attempt else LEFTOVER_SECONDS)


class Reconciler:
    """Runs the rounds in a separate thread until it is stopped."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self._garbage = GarbageCollector()
        self._rounds = 0
        # Parts that work must not wait long for one that fails, so the pause never grows.
        pauses = {"first_pause": RECONCILE_SECONDS, "longest_pause": RECONCILE_SECONDS}
        self._loop = ThreadLoop("reconciler", self.run_round, RECONCILE_SECONDS, late=True, **pauses)
        self._measured_to: str | None = ""

    def start(self) -> None:
        self._loop.start()

    def stop(self) -> None:
        self._loop.stop(3)

    def run_round(self) -> None:
        """Make one round, now and then with a garbage collection. Raise the first error after all parts have run."""
        self._rounds += 1
        error = reconcile(self.services)
        if self._rounds == 1:
            error = run_part("undo_future", partial(undo_future, self.services)) or error
        error = run_part("measure_documents", self._measure_documents) or error
        if self._rounds % ROUNDS_BETWEEN_COLLECTIONS == 0:
            collect = partial(self._garbage.collect, self.services)
            error = run_part("collect_garbage", collect) or error
            error = run_part("drop_expired", partial(drop_expired, self.services)) or error
        if error is not None:
            raise error

    def _measure_documents(self) -> None:
        """Measure some documents of earlier versions. There are no more to come, so at the end of the list stop."""
        if self._measured_to is not None:
            self._measured_to = measure_unmeasured(self.services, self._measured_to)
