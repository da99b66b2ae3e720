"""The checks of an audit. Each finding is one line with ids and figures, never with a name or a text of a person."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from db.models import Document, Question, Task
from db.operations.claims import MODELS
from db.operations.upkeep import checks, garbage, outbox, updates, work_queue, workers
from db.states import UNFINISHED, State, UpdateState
from errors import SocrateError
from processing.documents.view import is_retryable
from processing.kinds import KINDS
from processing.maintenance.audit.files import audit_files, audit_size
from processing.maintenance.garbage import iterate_unreferenced
from processing.maintenance.reconciler import RECONCILE_SECONDS, is_left_over
from processing.services import Services
from storage.keys import is_file_of_document

# Enough time for a takeover, a round of the reconciler and a delivery that waits for the rate limit.
PATIENCE = timedelta(seconds=90)
# The reconciler deletes a scratch directory that was left behind in its next round, or the one after it.
CLEANED_WITHIN_SECONDS = 2 * RECONCILE_SECONDS
ROWS_AT_ONCE = 500
# Longer than a file is stored before its row is committed.
SETTLE_SECONDS = 5.0
FIGURE = re.compile(r"\b\d{1,9}\b")


def list_findings(services: Services) -> list[str]:
    """Return a line for every inconsistency. A part of the system that can't be audited is a finding too."""
    findings: list[str] = []
    for audit in (
        audit_documents,
        audit_work,
        audit_contradictions,
        audit_outbox,
        audit_updates,
        audit_storage,
        audit_scratch_directory,
        audit_queue,
    ):
        try:
            findings += audit(services)
        except SocrateError as error:
            findings.append(f"{audit.__name__.removeprefix('audit_')}: could not be audited ({error.key})")
    return findings


def confirm_findings(services: Services, seconds: float = SETTLE_SECONDS) -> list[str]:
    """Return the findings that are still there after ``seconds``.

    A person who sends or deletes something during an audit may make a row and a file disagree for a moment.
    """
    first = {make_comparable(finding) for finding in list_findings(services)}
    if not first:
        return []
    time.sleep(seconds)
    return [finding for finding in list_findings(services) if make_comparable(finding) in first]


def make_comparable(finding: str) -> str:
    """Return the finding without its figures, which may change between two audits; ids are kept."""
    return FIGURE.sub("#", finding)


def audit_documents(services: Services) -> Iterator[str]:
    """Yield findings about documents whose files are missing or changed, or whose rows count other sizes."""
    for row in iterate_rows(services, Document):
        yield from audit_files(services, row)
        yield from audit_size(services, row)


def audit_work(services: Services) -> Iterator[str]:
    """Yield findings about rows in work without a lease, and ended rows that should be deleted."""
    late = services.clock() - PATIENCE
    for model in MODELS:
        for row in iterate_rows(services, model):
            yield from audit_row(model.__name__.lower(), row, late)


def iterate_rows(services: Services, model: Any) -> Iterator[Any]:
    """Yield every row of a table, reading ``ROWS_AT_ONCE`` at a time."""
    last = ""
    while True:
        with services.database.upkeep(reading=True) as session:
            rows = garbage.list_after(session, model, last, ROWS_AT_ONCE)
        yield from rows
        if len(rows) < ROWS_AT_ONCE:
            return
        last = rows[-1].id


def audit_row(word: str, row: Document | Question | Task, late: datetime) -> Iterator[str]:
    if row.state == State.WORKING and (row.lease_until is None or row.lease_until < late):
        yield f"{word} {row.id}: in work, but its lease is over since {row.lease_until}"
    if row.state not in set(State) or not 0 <= row.attempts <= row.fencing_token:
        figures = f"{row.attempts} attempts in {row.fencing_token} claims"
        yield f"{word} {row.id}: {row.state!r} with {figures} is impossible"
    if isinstance(row, Document) and is_ahead(row):
        yield f"document {row.id}: passages or archive of an attempt that was not made yet"
    if isinstance(row, Question) and row.state == State.READY and not row.answer:
        yield f"question {row.id}: ready without an answer"
    over = isinstance(row, Task) or (isinstance(row, Document) and not is_kept(row))
    if over and row.state not in UNFINISHED:
        yield f"{word} {row.id}: ended as {row.state} for good, but not deleted"


def is_ahead(document: Document) -> bool:
    """Return True if a version in use has a higher number than the last claim."""
    return max(document.words_version or 0, document.archive_version or 0) > document.fencing_token


def is_kept(document: Document) -> bool:
    """Return True if the row of a document stays after its end: it is ready, or its owner may try again."""
    return document.state == State.READY or (document.state == State.FAILED and is_retryable(document))


def audit_contradictions(services: Services) -> Iterator[str]:
    """Yield findings about rows that contradict each other."""
    with services.database.upkeep(reading=True) as session:
        found = checks.count_contradictions(session, services.clock() + PATIENCE)
    yield from (f"{count} {sentence}" for sentence, count in found.items())


def audit_outbox(services: Services) -> Iterator[str]:
    """Yield findings about messages that should have been delivered long ago, or that Telegram refused for good."""
    with services.database.upkeep(reading=True) as session:
        late = outbox.list_late(session, services.clock() - PATIENCE)
    for message in late:
        problem = f" ({message.problem})" if message.problem else ""
        yield f"outbox {message.id}: {message.kind} {message.subject} is {message.state}, not delivered{problem}"


def audit_updates(services: Services) -> Iterator[str]:
    with services.database.upkeep(reading=True) as session:
        dead = updates.count_updates(session, UpdateState.DEAD_LETTER)
        waiting = updates.count_updates(session, UpdateState.WAITING, before=services.clock() - PATIENCE)
    if dead:
        yield f"updates: {dead} dead letters"
    if waiting:
        yield f"updates: {waiting} waiting for more than {PATIENCE.seconds} s"


def audit_storage(services: Services) -> Iterator[str]:
    for page in iterate_unreferenced(services):
        yield from (f"storage {prefix}: no row refers to it" for prefix in page)
    for key in services.storage.list_keys("tenants/"):
        if not is_file_of_document(key):
            yield f"storage {key}: not a file of any document"


def audit_scratch_directory(services: Services) -> Iterator[str]:
    if services.scratch_directory.is_dir():
        with services.database.upkeep(reading=True) as session:
            working = work_queue.list_working_attempts(session)
        yield from (
            f"scratch directory {folder.name}: left over"
            for folder in sorted(services.scratch_directory.iterdir())
            if is_left_over(folder, working, CLEANED_WITHIN_SECONDS)
        )


def audit_queue(services: Services) -> Iterator[str]:
    """Yield a finding for each queue that has no wake-up although work has been due for long.

    Raise ``QueueUnavailable`` if Redis does not answer.
    """
    services.wake_up.check()
    now = services.clock()
    with services.database.upkeep(reading=True) as session:
        alive = workers.list_workers(session)
        due = Counter[str]()
        for kind in KINDS:
            due[kind.queue] += work_queue.count_due(session, kind.model, now - PATIENCE, kind.stored_kind)
    for word, count in due.items():
        if count and alive and not services.wake_up.get_length(word):
            yield f"queue {word}: {count} due for more than {PATIENCE.seconds} s, and no wake-up waits"
