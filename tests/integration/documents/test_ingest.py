"""Every outcome of an attempt, with real parts: what is counted, what is delivered, which files are left."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from db.models import Document, Sketch
from db.operations import documents
from db.operations.upkeep import stats, work_queue
from db.states import State
from errors import StorageUnavailable
from processing.delivery import Delivery, DeliveryState
from processing.documents import library, upload
from processing.retrieval.corpus.sketch import BLOCK, read_sketch
from storage.keys import ARCHIVE_FILES, INDEX, PASSAGES
from tests.documents import make_pdf
from tests.integration.people import People
from tests.integration.workers import DocumentWorker, do_nothing, open_worker

ARCHIVED = sorted((PASSAGES, INDEX, *ARCHIVE_FILES))


@pytest.fixture
def worker(people: People, tmp_path: Path) -> DocumentWorker:
    return open_worker(people, tmp_path)


def fail_with(error: Exception) -> Callable[[], None]:
    def fail() -> None:
        raise error

    return fail


def take_over(worker: DocumentWorker) -> Document:
    """Let the worker's lease run out and claim its document for another worker."""
    worker.people.clock.pass_time(seconds=31)
    with worker.people.database.upkeep() as session:
        now, lease = worker.people.clock(), timedelta(seconds=30)
        taken = work_queue.claim_next(session, Document, "w2", now, lease, suspect=True)
    assert taken is not None
    return taken


def read_sketch_row(worker: DocumentWorker, document: Document) -> Sketch | None:
    with worker.people.database.upkeep(reading=True) as session:
        return session.get(Sketch, document.id)


def test_sketch_is_stored_with_the_words_and_gets_the_meaning_with_the_archive(
    worker: DocumentWorker, people: People
) -> None:
    document, seen = worker.send(people.alice), list[Sketch | None]()
    worker.embedder.disturb = lambda: seen.append(read_sketch_row(worker, document))
    assert worker.work()
    assert seen[0] is not None and (seen[0].words_version, seen[0].meaning) == (1, None)
    row = read_sketch_row(worker, document)
    assert row is not None and row.archive_version == 1
    sketch = read_sketch(row.words, row.meaning)
    passages = read(worker, document).passages or 0
    assert sketch.meaning is not None
    assert len(sketch.sizes) == len(sketch.meaning) == -(-passages // BLOCK)
    library.delete_document(worker.services, people.alice, document.id)
    assert read_sketch_row(worker, document) is None


def read(worker: DocumentWorker, document: Document) -> Document:
    row = worker.people.read(document.id)
    assert row is not None
    return row


def test_document_becomes_ready(worker: DocumentWorker, people: People) -> None:
    document = worker.send(people.alice)
    assert worker.work()
    row = read(worker, document)
    assert (row.state, row.archive_version, row.words_version, row.attempts) == (State.READY, 1, 1, 1)
    assert people.list_owed(people.alice) == []
    assert worker.list_stored() == [
        *(f"{document.id}/attempts/1/{file}" for file in ARCHIVED),
        f"{document.id}/original",
    ]
    assert worker.list_scratch_files() == []
    assert [view.state for view in worker.notifier.delivered] == [State.READY]
    stages = [view.stage for view in worker.notifier.shown]
    assert list(dict.fromkeys(stages)) == ["reading", "cutting", "embedding", "filming", "checking"]
    assert not worker.work()


@pytest.mark.parametrize("error", [RuntimeError("boom"), StorageUnavailable(), MemoryError()])
def test_document_fails_at_the_third_failed_attempt(worker: DocumentWorker, people: People, error: Exception) -> None:
    document = worker.send(people.alice)
    worker.embedder.disturb = fail_with(error)
    for attempt in (1, 2):
        assert worker.work()
        row = read(worker, document)
        assert (row.state, row.attempts, people.list_owed(people.alice)) == (State.QUEUED, attempt, [])
        assert not worker.work(), "there is a pause before the next attempt"
        people.clock.pass_time(minutes=1)
    assert worker.work()
    row = read(worker, document)
    assert (row.state, row.attempts, row.words_version) == (State.FAILED, 3, None)
    (view,) = worker.notifier.delivered
    assert (view.state, view.retryable) == (State.FAILED, True)
    assert "boom" not in str(view)
    assert worker.list_stored() == [f"{document.id}/original"]
    assert worker.list_scratch_files() == []


def test_failed_document_can_be_tried_again_by_its_owner(worker: DocumentWorker, people: People) -> None:
    document = worker.send(people.alice)
    worker.embedder.disturb = fail_with(RuntimeError("boom"))
    for _ in range(3):
        worker.work()
        people.clock.pass_time(minutes=1)
    worker.embedder.disturb = do_nothing
    assert upload.retry_document(worker.services, people.alice, document.id, 60).state == State.QUEUED
    assert not worker.work(), "it is held back until its owner sees that it is queued"
    upload.release_retried(worker.services, people.alice, document.id)
    with people.database.tenant(people.alice, reading=True) as session:
        assert documents.list_searchable(session, people.alice) == []
    assert worker.work()
    assert (read(worker, document).state, read(worker, document).attempts) == (State.READY, 1)
    assert {key.split("/")[2] for key in worker.list_stored() if "attempts" in key} == {"4"}


def test_passages_of_a_failed_attempt_stay_searchable(worker: DocumentWorker, people: People) -> None:
    document = worker.send(people.alice)
    worker.embedder.disturb = fail_with(RuntimeError("boom"))
    worker.work()
    quotes = worker.services.index_cache.list_quotes([read(worker, document)], "Which paragraph says day 7?", 1)
    assert "day 7." in quotes[0].text


@pytest.mark.parametrize(
    ("content", "kind", "key"),
    [(b"%PDF-1.4 torn", "pdf", "pdf_damaged"), (b" \n\n ", "text", "no_text"), (make_pdf([""]), "pdf", "no_text")],
)
def test_unreadable_document_is_refused_at_the_first_attempt(
    worker: DocumentWorker, people: People, content: bytes, kind: str, key: str
) -> None:
    document = worker.send(people.alice, content, kind=kind)
    assert worker.work()
    assert [(view.state, view.error_key, view.retryable) for view in worker.notifier.delivered] == [
        (State.FAILED, key, False)
    ]
    assert people.read(document.id) is None
    assert (worker.list_stored(), worker.list_scratch_files()) == ([], [])


def test_refusal_whose_delivery_is_postponed_stays_due(worker: DocumentWorker, people: People) -> None:
    document = worker.send(people.alice, b"")
    worker.notifier.outcome = Delivery(DeliveryState.POSTPONED, seconds=30)
    worker.work()
    (owed,) = people.list_owed(people.alice)
    assert (owed.due_at, owed.subject) == (people.clock() + timedelta(seconds=30), document.id)
    assert (worker.list_stored(), people.read(document.id)) == ([], None)


def test_cancelling_a_document_in_work_leaves_nothing(worker: DocumentWorker, people: People) -> None:
    document = worker.send(people.alice)
    worker.embedder.disturb = lambda: library.cancel_document(worker.services, people.alice, document.id)
    assert worker.work()
    assert [view.state for view in worker.notifier.delivered] == [State.CANCELLED]
    assert people.read(document.id) is None
    assert (worker.list_stored(), worker.list_scratch_files()) == ([], [])


def test_cancelling_a_queued_document_leaves_nothing(worker: DocumentWorker, people: People) -> None:
    document = worker.send(people.alice)
    assert library.cancel_document(worker.services, people.alice, document.id) == State.CANCELLED
    assert [view.state for view in worker.notifier.delivered] == [State.CANCELLED]
    assert people.read(document.id) is None
    assert worker.list_stored() == []


def test_deleting_a_document_in_work_leaves_nothing(worker: DocumentWorker, people: People) -> None:
    document = worker.send(people.alice)
    worker.embedder.disturb = lambda: library.delete_document(worker.services, people.alice, document.id)
    assert worker.work()
    assert people.read(document.id) is None
    assert (worker.list_stored(), worker.list_scratch_files()) == ([], [])
    assert [view.state for view in worker.notifier.delivered] == [State.CANCELLED]
    assert [view.state for view in worker.notifier.repaired] == [State.CANCELLED]


@pytest.mark.parametrize("then", [do_nothing, fail_with(RuntimeError("boom"))])
def test_worker_that_lost_its_lease_changes_nothing(
    worker: DocumentWorker, people: People, then: Callable[[], None]
) -> None:
    document = worker.send(people.alice)

    def lose() -> None:
        take_over(worker)
        worker.embedder.disturb = do_nothing
        then()

    worker.embedder.disturb = lose
    assert worker.work()
    row = read(worker, document)
    assert (row.state, row.fencing_token, row.worker) == (State.WORKING, 2, "w2")
    assert worker.notifier.delivered == []
    kept = [f"{document.id}/attempts/1/{file}" for file in (PASSAGES, INDEX)]
    assert worker.list_stored() == [*kept, f"{document.id}/original"]
    people.clock.pass_time(seconds=31)
    assert worker.work_alone()
    made = [f"{document.id}/attempts/3/{file}" for file in ARCHIVE_FILES]
    assert worker.list_stored() == [*kept, *sorted(made), f"{document.id}/original"]


def test_worker_that_loses_its_lease_at_the_end_publishes_nothing(worker: DocumentWorker, people: People) -> None:
    document = worker.send(people.alice)
    save = worker.services.storage.save_file

    def save_late(key: str, source: Path) -> None:
        save(key, source)
        if key.endswith(ARCHIVE_FILES[-1]):
            row = take_over(worker)
            with people.database.upkeep() as session:
                session.merge(row).words_version = 2

    worker.services.storage.save_file = save_late  # type: ignore[method-assign]
    assert worker.work()
    row = read(worker, document)
    assert (row.state, row.fencing_token, row.archive_version) == (State.WORKING, 2, None)
    assert worker.list_stored() == [f"{document.id}/original"]
    with people.database.upkeep(reading=True) as session:
        assert stats.list_daily_stats(session, people.clock().date()) == []


def test_stopping_worker_puts_the_document_back_without_counting_the_attempt(
    worker: DocumentWorker, people: People
) -> None:
    document = worker.send(people.alice)
    worker.embedder.disturb = worker.services.stopping.set
    assert worker.work()
    row = read(worker, document)
    assert (row.state, row.attempts, row.due_at, row.worker) == (State.QUEUED, 0, people.clock(), None)
    assert worker.list_scratch_files() == []
    worker.services.stopping.clear()
    worker.embedder.disturb = do_nothing
    assert worker.work()
    assert read(worker, document).state == State.READY
