"""A document that ends the processes which try it is given up after its own attempts."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from db.models import Document
from db.operations.upkeep import work_queue
from db.states import State
from tests.integration.documents.test_ingest import read, take_over
from tests.integration.people import People
from tests.integration.workers import DocumentWorker, open_worker


@pytest.fixture
def worker(people: People, tmp_path: Path) -> DocumentWorker:
    return open_worker(people, tmp_path)


def test_document_fails_after_it_ended_three_processes_of_its_own(worker: DocumentWorker, people: People) -> None:
    """The first worker that died may have died of another document; the next three had no other."""
    document = worker.send(people.alice)
    with people.database.upkeep() as session:
        assert work_queue.claim_next(session, Document, "w", people.clock(), timedelta(seconds=30)) is not None
    for _ in range(3):
        take_over(worker)
    people.clock.pass_time(seconds=31)
    assert not worker.work()
    assert worker.work_alone()
    row = read(worker, document)
    assert (row.state, row.error_key) == (State.FAILED, "gave_up")
    assert [view.state for view in worker.notifier.delivered] == [State.FAILED]
