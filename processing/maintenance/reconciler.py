"""Every few seconds: ring for what is due, tell what is untold, drop what nobody holds any more."""

from __future__ import annotations

import logging
import shutil
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

from db.models import Document, Question, Showing
from db.operations.upkeep import garbage, work_queue, workers
from errors import SocrateError
from processing.jobs import inbox
from processing.maintenance.garbage import GarbageCollector
from processing.notifications import outbox
from processing.services import ANSWERS, DOCUMENTS, Services, WorkerServices

RECONCILE_SECONDS = 5.0
ROUNDS_BETWEEN_COLLECTIONS = 120
WAKE_UPS_AT_ONCE = 8
SILENT = timedelta(minutes=2)
QUESTIONS_KEPT = timedelta(days=1)
LEFTOVER_SECONDS = 120
# An attempt that is over in the database has nothing to write; its claim may be younger than the list it is not on.
ATTEMPT_SECONDS = 15
log = logging.getLogger(__name__)


def reconcile(services: Services) -> None:
    """One round; each part goes on when another fails."""
    for part in (wake_workers, deliver_due, drop_over, drop_stale, drop_gone, inbox.drop_ended):
        attempt(part.__name__, partial(part, services))


def attempt(name: str, part: Callable[[], None]) -> None:
    """What fails is logged: the next round tries again."""
    try:
        part()
    except SocrateError as error:
        log.warning("sweep_failed", extra={"part": name, "error": error.key})
    except Exception as error:
        log.error("sweep_failed", extra={"part": name}, exc_info=error)


def wake_workers(services: Services) -> None:
    """Ring once more for due work, unless enough bells are waiting already."""
    now = services.clock()
    with services.database.upkeep(reading=True) as session:
        waiting = work_queue.count_due(session, Question, now) + work_queue.count_due(session, Showing, now)
        due = {DOCUMENTS: work_queue.count_due(session, Document, now), ANSWERS: waiting}
    for queue, count in due.items():
        missing = min(count, WAKE_UPS_AT_ONCE) - (services.wake_up.get_length(queue) if count else 0)
        for _ in range(missing):
            services.wake_up.notify_worker(queue)


def deliver_due(services: Services) -> None:
    now = services.clock()
    with services.database.upkeep(reading=True) as session:
        ended = work_queue.list_undelivered(session, Document, now)
        answered = work_queue.list_undelivered(session, Question, now)
    for tenant_id, document_id in ended:
        outbox.deliver_document(services, tenant_id, document_id)
    for tenant_id, question_id in answered:
        outbox.deliver_answer(services, tenant_id, question_id)


def drop_over(services: Services) -> None:
    """What is of no use any more goes once its owner knows: whoever told it may have died before that."""
    with services.database.upkeep(reading=True) as session:
        over = garbage.list_delivered_and_over(session, services.clock() - outbox.PAUSE)
    for tenant_id, document_id in over:
        outbox.drop_document(services, tenant_id, document_id)


def drop_stale(services: Services) -> None:
    """Workers long silent, questions long answered, folders of attempts that died."""
    now = services.clock()
    with services.database.upkeep() as session:
        workers.drop_silent_workers(session, now - SILENT)
        garbage.drop_old_questions(session, now - QUESTIONS_KEPT)
        living = work_queue.list_living_attempts(session)
    if services.scratch_directory.is_dir():
        for folder in services.scratch_directory.iterdir():
            drop_leftover(folder, living)


def drop_gone(services: Services) -> None:
    """Let go of opened documents that another process deleted."""
    if not isinstance(services, WorkerServices):
        return
    opened = services.index_cache.list_documents()
    if opened:
        with services.database.upkeep(reading=True) as session:
            existing = {row.id for row in garbage.list_existing(session, opened)}
        services.index_cache.put_away(opened - existing)


def drop_leftover(folder: Path, living: set[tuple[str, int]]) -> None:
    if is_left_over(folder, living):
        shutil.rmtree(folder, ignore_errors=True) if folder.is_dir() else folder.unlink(missing_ok=True)


def is_left_over(folder: Path, living: set[tuple[str, int]], patience: float = 0.0) -> bool:
    """A folder ``<document>-<fence>-…`` that no attempt owns and in which nothing was written for a while.

    ``patience`` are the seconds more that it may lie there.
    """
    document_id, _, rest = folder.name.partition("-")
    fencing_token = rest.partition("-")[0]
    is_attempt = fencing_token.isdigit()
    if is_attempt and (document_id, int(fencing_token)) in living:
        return False
    try:
        touched = max(path.stat().st_mtime for path in (folder, *folder.rglob("*")))
    except FileNotFoundError:
        return False
    return time.time() - touched > patience + (ATTEMPT_SECONDS if is_attempt else LEFTOVER_SECONDS)


class Reconciler:
    """Sweeps in a thread of its own until stopped."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self._hunt = GarbageCollector()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sweeper", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(timeout=3)

    def _run(self) -> None:
        rounds = 0
        while not self._stop.wait(RECONCILE_SECONDS):
            reconcile(self.services)
            rounds += 1
            if rounds % ROUNDS_BETWEEN_COLLECTIONS == 0:
                attempt("collect_garbage", partial(self._hunt.look, self.services))
