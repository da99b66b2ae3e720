"""What an audit finds, one plain line each: ids and figures, never a name or a word of anybody."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from db.models import DEAD_LETTER, UNFINISHED, WAITING, WORKING, Document, Question, Showing
from db.operations.upkeep import garbage, updates, work_queue, workers
from errors import SocrateError
from processing.maintenance.audit.files import check_files, check_sizes
from processing.maintenance.garbage import list_orphans
from processing.maintenance.reconciler import RECONCILE_SECONDS, is_left_over
from processing.notifications.outbox import is_over
from processing.services import ANSWERS, DOCUMENTS, Services
from storage.keys import find_owner

QUEUES: tuple[tuple[str, type[Document] | type[Question]], ...] = ((DOCUMENTS, Document), (ANSWERS, Question))
# A takeover, a sweep and a telling that waits for its budget are normal; later than this they are not.
PATIENCE = timedelta(seconds=90)
# What has just become a leaving goes with the next sweep, or the one after it.
SWEPT_WITHIN_SECONDS = 2 * RECONCILE_SECONDS


def list_findings(services: Services) -> list[str]:
    """Every breach; empty where all is well. A part that cannot be audited is a finding."""
    findings: list[str] = []
    for audit in (check_rows, check_work, check_updates, check_orphans, check_scratch_directory, check_queue):
        try:
            findings += audit(services)
        except SocrateError as error:
            findings.append(f"{audit.__name__.removeprefix('check_')}: could not be audited ({error.key})")
    return findings


def check_rows(services: Services) -> Iterator[str]:
    """Each document has the files its row names, with the bytes they were written with; quotas are their sum."""
    sizes: dict[int, tuple[int, int]] = {}
    with services.database.upkeep(reading=True) as session:
        rows = list(garbage.list_all(session, Document))
    for row in rows:
        yield from check_files(services, row)
        check_sizes(services, row, sizes)
    for tenant_id, (counted, found) in sizes.items():
        if counted != found:
            yield f"tenant {tenant_id}: rows count {counted} bytes of originals, the storage holds {found}"


def check_work(services: Services) -> Iterator[str]:
    """Whatever ended is told, whatever is worked on has a lease."""
    with services.database.upkeep(reading=True) as session:
        rows: list[tuple[str, Document | Question | Showing]] = []
        rows += [("document", row) for row in garbage.list_all(session, Document)]
        rows += [("question", row) for row in garbage.list_all(session, Question)]
        rows += [("showing", row) for row in garbage.list_all(session, Showing)]
    for word, row in rows:
        yield from check_row(word, row, services.clock() - PATIENCE)


def check_row(word: str, row: Document | Question | Showing, late: datetime) -> Iterator[str]:
    if row.state == WORKING and (row.lease_until is None or row.lease_until < late):
        yield f"{word} {row.id}: in work, but its lease is over since {row.lease_until}"
    if row.state not in UNFINISHED and row.deliver_at is not None and row.deliver_at < late:
        yield f"{word} {row.id}: ended as {row.state}, and its owner is not told"
    if isinstance(row, Document) and is_over(row) and row.deliver_at is None and (row.finished_at or late) <= late:
        yield f"{word} {row.id}: ended as {row.state} for good and told, and still there"


def check_updates(services: Services) -> Iterator[str]:
    with services.database.upkeep(reading=True) as session:
        aside = updates.count_updates(session, DEAD_LETTER)
        waiting = updates.count_updates(session, WAITING, before=services.clock() - PATIENCE)
    if aside:
        yield f"updates: {aside} set aside"
    if waiting:
        yield f"updates: {waiting} waiting for more than {PATIENCE.seconds} s"


def check_orphans(services: Services) -> Iterator[str]:
    for prefix in sorted(list_orphans(services)):
        yield f"storage {prefix}: no row names it"
    for key in services.storage.list_keys("tenants/"):
        if find_owner(key) is None or key.endswith(".part"):
            yield f"storage {key}: not a file of any document"


def check_scratch_directory(services: Services) -> Iterator[str]:
    if services.scratch_directory.is_dir():
        with services.database.upkeep(reading=True) as session:
            living = work_queue.list_living_attempts(session)
        yield from (
            f"workshop {folder.name}: left over"
            for folder in sorted(services.scratch_directory.iterdir())
            if is_left_over(folder, living, SWEPT_WITHIN_SECONDS)
        )


def check_queue(services: Services) -> Iterator[str]:
    """The queue carries nothing but bells: it must be there, and what is long due must have been rung for."""
    services.wake_up.check()
    now = services.clock()
    with services.database.upkeep(reading=True) as session:
        alive = workers.list_workers(session)
        due = {queue: work_queue.count_due(session, model, now - PATIENCE) for queue, model in QUEUES}
    for word, count in due.items():
        if count and alive and not services.wake_up.get_length(word):
            yield f"queue {word}: {count} due for more than {PATIENCE.seconds} s, and no bell waits"
