"""A clock that was a day ahead holds nothing up once it is right again."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from db.models import Document
from db.operations.upkeep import work_queue, workers
from db.states import State
from processing.jobs import inbox
from processing.jobs.raw_updates import make_arrival
from processing.maintenance.reconciler import undo_future
from tests.integration.people import People
from tests.integration.workers import DocumentWorker, open_worker

DAY = 86_400
BOT = 7


@pytest.fixture
def worker(people: People, tmp_path: Path) -> DocumentWorker:
    return open_worker(people, tmp_path)


def test_work_that_was_taken_in_while_the_clock_was_ahead_goes_on(worker: DocumentWorker, people: People) -> None:
    services, clock = worker.services, people.clock
    clock.pass_time(seconds=DAY)
    until = clock() + timedelta(seconds=30)
    people.add_document(people.alice, state=State.WORKING, fencing_token=1, lease_until=until)
    people.add_document(people.charlie)
    arrival = make_arrival({"update_id": 5, "message": {"chat": {"id": 1}, "text": "x"}})
    inbox.store_updates(services, BOT, [arrival])
    [claimed] = inbox.claim_updates(services, BOT, "a process that is dead", 1)
    inbox.put_update_back(services, claimed, timedelta(seconds=5))
    with services.database.upkeep() as session:
        workers.touch_worker(session, "dead:1", "documents", clock())
    clock.pass_time(seconds=-DAY)
    assert count_due(worker, people) == 0 and inbox.claim_updates(services, BOT, "me", 5) == []
    undo_future(services)
    assert count_due(worker, people) == 2
    assert [update.update_id for update in inbox.claim_updates(services, BOT, "me", 5)] == [5]
    with services.database.upkeep(reading=True) as session:
        assert workers.list_workers(session) == []


def test_what_is_in_order_stays_as_it_is(worker: DocumentWorker, people: People) -> None:
    soon = people.clock() + timedelta(seconds=30)
    row = people.add_document(people.alice, state=State.WORKING, fencing_token=1, lease_until=soon)
    later = people.add_document(people.charlie, due_at=people.clock() + timedelta(hours=5))
    undo_future(worker.services)
    kept, put_off = people.read(row.id), people.read(later.id)
    assert kept is not None and kept.lease_until == soon
    assert put_off is not None and put_off.due_at == later.due_at


def count_due(worker: DocumentWorker, people: People) -> int:
    with worker.services.database.upkeep(reading=True) as session:
        return work_queue.count_due(session, Document, people.clock())
