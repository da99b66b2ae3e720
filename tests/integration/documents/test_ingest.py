"""Every way an attempt can end, with real parts: what is counted, what is told, what is left."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from db.models import Document
from db.operations import documents
from db.operations.upkeep import stats, work_queue
from db.states import State
from errors import StorageUnavailable
from processing.documents import library, upload
from processing.notifications import outbox
from processing.types import Delivery, DeliveryState
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
    """The worker was frozen past its lease, and another one claims."""
    worker.people.clock.pass_time(seconds=31)
    with worker.people.database.upkeep() as session:
        taken = work_queue.claim_next(session, Document, "w2", worker.people.clock(), timedelta(seconds=30))
    assert taken is not None
    return taken


def read(worker: DocumentWorker, document: Document) -> Document:
    row = worker.people.read(document.id)
    assert row is not None
    return row


def test_a_document_becomes_ready(worker: DocumentWorker, people: People) -> None:
    document = worker.send(people.alice)
    assert worker.work()
    row = read(worker, document)
    assert (row.state, row.archive_version, row.words_version, row.attempts, row.deliver_at) == (
        State.READY,
        1,
        1,
        1,
        None,
    )
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
def test_the_third_failure_is_the_last(worker: DocumentWorker, people: People, error: Exception) -> None:
    document = worker.send(people.alice)
    worker.embedder.disturb = fail_with(error)
    for attempt in (1, 2):
        assert worker.work()
        row = read(worker, document)
        assert (row.state, row.attempts, row.deliver_at) == (State.QUEUED, attempt, None)
        assert not worker.work(), "there is a pause before the next attempt"
        people.clock.pass_time(minutes=1)
    assert worker.work()
    row = read(worker, document)
    assert (row.state, row.attempts, row.words_version) == (State.FAILED, 3, None)
    (told,) = worker.notifier.delivered
    assert (told.state, told.retryable) == (State.FAILED, True)
    assert "boom" not in str(told)
    assert worker.list_stored() == [f"{document.id}/original"]
    assert worker.list_scratch_files() == []


def test_after_a_last_failure_a_person_may_try_again(worker: DocumentWorker, people: People) -> None:
    document = worker.send(people.alice)
    worker.embedder.disturb = fail_with(RuntimeError("boom"))
    for _ in range(3):
        worker.work()
        people.clock.pass_time(minutes=1)
    worker.embedder.disturb = do_nothing
    upload.retry_document(worker.services, people.alice, document.id)
    with people.database.tenant(people.alice, reading=True) as session:
        assert documents.list_searchable(session, people.alice) == []
    assert worker.work()
    assert (read(worker, document).state, read(worker, document).attempts) == (State.READY, 1)
    assert {key.split("/")[2] for key in worker.list_stored() if "attempts" in key} == {"4"}


def test_words_of_the_first_attempt_are_asked_until_the_second_s_are_there(
    worker: DocumentWorker, people: People
) -> None:
    document = worker.send(people.alice)
    worker.embedder.disturb = fail_with(RuntimeError("boom"))
    worker.work()
    quotes = worker.services.index_cache.list_quotes([read(worker, document)], "Which paragraph says day 7?", 1)
    assert "day 7." in quotes[0].text


@pytest.mark.parametrize(
    ("content", "kind", "key"),
    [(b"%PDF-1.4 torn", "pdf", "pdf_damaged"), (b" \n\n ", "text", "no_text"), (make_pdf([""]), "pdf", "no_text")],
)
def test_a_mistake_is_not_tried_again(
    worker: DocumentWorker, people: People, content: bytes, kind: str, key: str
) -> None:
    document = worker.send(people.alice, content, kind=kind)
    assert worker.work()
    assert [(view.state, view.error_key, view.retryable) for view in worker.notifier.delivered] == [
        (State.FAILED, key, False)
    ]
    assert people.read(document.id) is None
    assert (worker.list_stored(), worker.list_scratch_files()) == ([], [])


def test_a_mistake_that_could_not_be_told_yet_is_not_forgotten(worker: DocumentWorker, people: People) -> None:
    document = worker.send(people.alice, b"")
    worker.notifier.outcome = Delivery(DeliveryState.POSTPONED, seconds=30)
    worker.work()
    assert read(worker, document).deliver_at == people.clock() + timedelta(seconds=30)
    assert worker.list_stored() == []


def test_cancelled_at_work_leaves_nothing(worker: DocumentWorker, people: People) -> None:
    document = worker.send(people.alice)
    worker.embedder.disturb = lambda: library.cancel_document(worker.services, people.alice, document.id)
    assert worker.work()
    assert [view.state for view in worker.notifier.delivered] == [State.CANCELLED]
    assert people.read(document.id) is None
    assert (worker.list_stored(), worker.list_scratch_files()) == ([], [])


def test_cancelled_in_the_queue_leaves_nothing(worker: DocumentWorker, people: People) -> None:
    document = worker.send(people.alice)
    assert library.cancel_document(worker.services, people.alice, document.id) == State.CANCELLED
    assert [view.state for view in worker.notifier.delivered] == [State.CANCELLED]
    assert people.read(document.id) is None
    assert worker.list_stored() == []


def test_deleted_at_work_leaves_nothing(worker: DocumentWorker, people: People) -> None:
    document = worker.send(people.alice)
    worker.embedder.disturb = lambda: library.delete_document(worker.services, people.alice, document.id)
    assert worker.work()
    assert people.read(document.id) is None
    assert (worker.list_stored(), worker.list_scratch_files()) == ([], [])
    assert [view.state for view in worker.notifier.repaired] == [State.CANCELLED]


@pytest.mark.parametrize("told", [True, False])
def test_who_wakes_late_puts_right_what_it_may_have_written_over(
    worker: DocumentWorker, people: People, told: bool
) -> None:
    document = worker.send(people.alice)

    def sleep_through_it() -> None:
        worker.embedder.disturb = do_nothing
        people.clock.pass_time(seconds=31)
        if not told:
            worker.notifier.outcome = Delivery(DeliveryState.POSTPONED, seconds=600)
        assert worker.work()

    worker.embedder.disturb = sleep_through_it
    assert worker.work()
    assert read(worker, document).archive_version == 2
    assert [view.state for view in worker.notifier.delivered] == [State.READY]
    assert [view.state for view in worker.notifier.repaired] == ([State.READY] if told else [])


def test_who_wakes_while_another_tells_waits_for_its_note(worker: DocumentWorker, people: People) -> None:
    """What came over its word in that moment would stand there for good."""
    document = worker.send(people.alice)

    def note(told: timedelta | None) -> None:
        with people.database.tenant(people.alice) as session:
            row = session.get_one(Document, document.id)
            row.deliver_at = None if told is None else people.clock() + told

    def sleep_through_it() -> None:
        worker.embedder.disturb = do_nothing
        people.clock.pass_time(seconds=31)
        assert worker.work()
        note(outbox.PAUSE)
        threading.Timer(0.5, note, [None]).start()

    worker.embedder.disturb = sleep_through_it
    assert worker.work()
    assert [view.state for view in worker.notifier.repaired] == [State.READY]


@pytest.mark.parametrize("then", [do_nothing, fail_with(RuntimeError("boom"))])
def test_a_lost_lease_changes_nothing(worker: DocumentWorker, people: People, then: Callable[[], None]) -> None:
    document = worker.send(people.alice)

    def lose() -> None:
        take_over(worker)
        worker.embedder.disturb = do_nothing
        then()

    worker.embedder.disturb = lose
    assert worker.work()
    row = read(worker, document)
    assert (row.state, row.fencing_token, row.worker, row.deliver_at) == (State.WORKING, 2, "w2", None)
    assert worker.notifier.delivered == []
    kept = [f"{document.id}/attempts/1/{file}" for file in (PASSAGES, INDEX)]
    assert worker.list_stored() == [*kept, f"{document.id}/original"]
    people.clock.pass_time(seconds=31)
    assert worker.work()
    assert {key.split("/")[2] for key in worker.list_stored() if "attempts" in key} == {"3"}


def test_a_lease_lost_at_the_very_end_publishes_nothing(worker: DocumentWorker, people: People) -> None:
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


def test_a_worker_that_stops_gives_back_without_counting(worker: DocumentWorker, people: People) -> None:
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


def test_a_document_that_kills_its_worker_is_given_up(worker: DocumentWorker, people: People) -> None:
    document = worker.send(people.alice)
    for _ in range(3):
        take_over(worker)
    people.clock.pass_time(seconds=31)
    assert worker.work()
    row = read(worker, document)
    assert (row.state, row.error_key) == (State.FAILED, "gave_up")
    assert [view.state for view in worker.notifier.delivered] == [State.FAILED]
