"""A file that somebody has changed or deleted in the storage is not read in place of what its owner sent."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from db.models import Document
from db.states import State
from storage.keys import original_key
from tests.integration.documents.test_ingest import read
from tests.integration.people import People
from tests.integration.workers import DocumentWorker, open_worker

MOST_ATTEMPTS = 3
Spoil = Callable[[DocumentWorker, Document, Document], None]


@pytest.fixture
def worker(people: People, tmp_path: Path) -> DocumentWorker:
    return open_worker(people, tmp_path)


def exchange(worker: DocumentWorker, mine: Document, theirs: Document) -> None:
    with worker.services.storage.local_copy(original_key(theirs.tenant_id, theirs.id)) as other:
        worker.services.storage.save_file(original_key(mine.tenant_id, mine.id), other)


def delete(worker: DocumentWorker, mine: Document, _theirs: Document) -> None:
    worker.services.storage.delete_file(original_key(mine.tenant_id, mine.id))


@pytest.mark.parametrize("spoil", [exchange, delete])
def test_a_lost_original_fails_and_says_so(worker: DocumentWorker, people: People, spoil: Spoil) -> None:
    mine = worker.send(people.alice)
    theirs = worker.send(people.charlie, b"The secret of Charlie is Sesame. " * 20)
    spoil(worker, mine, theirs)
    for _ in range(2 * MOST_ATTEMPTS):
        worker.work()
        people.clock.pass_time(minutes=5)
    row = read(worker, mine)
    assert (row.state, row.error_key, row.passages) == (State.FAILED, "original_lost", None)
    assert read(worker, theirs).state == State.READY
