"""Progress of a worker that has lost its document does not stay in place of the outcome."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from sqlalchemy import update

from db.models import OutboxMessage
from db.operations import outbox
from db.states import OutboxState, State
from processing.delivery import Delivery, DeliveryState
from processing.documents import library
from processing.notifications.outbox import drop_old_messages
from processing.types import DocumentView
from tests.integration.people import People
from tests.integration.workers import DocumentWorker, do_nothing, open_worker


@pytest.fixture
def worker(people: People, tmp_path: Path) -> DocumentWorker:
    return open_worker(people, tmp_path)


def test_late_progress_is_repaired_after_everything_of_the_person_is_deleted(
    worker: DocumentWorker, people: People
) -> None:
    """The message that the document was cancelled is delivered and deleted by then."""
    document = worker.send(people.alice)

    def erase() -> None:
        library.delete_document(worker.services, people.alice, document.id)
        with worker.services.database.tenant(people.alice) as session:
            outbox.drop_settled(session, people.alice)

    worker.embedder.disturb = erase
    assert worker.work()
    assert [view.state for view in worker.notifier.delivered] == [State.CANCELLED]
    (repaired,) = worker.notifier.repaired
    assert isinstance(repaired, DocumentView) and (repaired.id, repaired.state) == (document.id, State.CANCELLED)


def test_a_worker_that_slept_for_hours_does_not_guess_how_its_document_ended(
    worker: DocumentWorker, people: People
) -> None:
    """What was told then is no longer known: it may have been that the file can't be read."""
    document = worker.send(people.alice)

    def sleep() -> None:
        library.delete_document(worker.services, people.alice, document.id)
        people.clock.pass_time(seconds=7200)
        drop_old_messages(worker.services)

    worker.embedder.disturb = sleep
    assert worker.work()
    assert worker.notifier.repaired == []


@pytest.mark.parametrize("delivered", [True, False])
def test_late_worker_repairs_the_message_only_after_a_delivery(
    worker: DocumentWorker, people: People, delivered: bool
) -> None:
    document = worker.send(people.alice)

    def sleep_past_the_lease() -> None:
        worker.embedder.disturb = do_nothing
        people.clock.pass_time(seconds=31)
        if not delivered:
            worker.notifier.outcome = Delivery(DeliveryState.POSTPONED, seconds=600)
        assert worker.work_alone()

    worker.embedder.disturb = sleep_past_the_lease
    assert worker.work()
    row = people.read(document.id)
    assert row is not None and row.archive_version == 2
    assert [view.state for view in worker.notifier.delivered] == [State.READY]
    assert [view.state for view in worker.notifier.repaired] == ([State.READY] if delivered else [])


def test_late_worker_waits_for_a_running_delivery_before_it_repairs(worker: DocumentWorker, people: People) -> None:
    """Without the wait, the late worker's progress could replace the result that is being delivered."""
    worker.send(people.alice)

    def set_state(state: OutboxState) -> None:
        with people.database.tenant(people.alice) as session:
            session.execute(update(OutboxMessage).values(state=state))

    def sleep_past_the_lease() -> None:
        worker.embedder.disturb = do_nothing
        people.clock.pass_time(seconds=31)
        assert worker.work_alone()
        set_state(OutboxState.WAITING)
        threading.Timer(0.5, set_state, [OutboxState.DELIVERED]).start()

    worker.embedder.disturb = sleep_past_the_lease
    assert worker.work()
    assert [view.state for view in worker.notifier.repaired] == [State.READY]
