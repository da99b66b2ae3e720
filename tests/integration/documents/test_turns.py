"""Heavy documents of one person do not hold up the page of another."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from db.models import Document
from db.states import Queue, State
from processing.actors import make_work_function
from processing.documents import progress, turns
from tests.integration.documents.test_resumed import PASSAGES_MADE, TEXT, CountingEmbedder, get_embedder
from tests.integration.people import People
from tests.integration.workers import DocumentWorker, open_worker

THREADS = 3


@pytest.fixture
def kind() -> str:
    return "sqlite"


@pytest.fixture
def worker(people: People, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DocumentWorker:
    """A worker that asks after every batch whether somebody waits."""
    for name in ("TURN_SECONDS", "CHECK_SECONDS"):
        monkeypatch.setattr(turns, name, 0.0)
    monkeypatch.setattr(turns, "WAITED", timedelta())
    monkeypatch.setattr(progress, "WRITE_EVERY_SECONDS", 0.0)
    worker = open_worker(people, tmp_path)
    worker.services.embedder = CountingEmbedder()
    return worker


def read(worker: DocumentWorker, document: Document) -> Document:
    row = worker.people.read(document.id)
    assert row is not None
    return row


def send_in_the_middle(worker: DocumentWorker, tenant_id: int) -> list[Document]:
    """Let the tenant send a page when half of a document is embedded; it is in the returned list then."""
    sent: list[Document] = []
    embedder = get_embedder(worker)

    def send() -> None:
        if len(embedder.embedded) > PASSAGES_MADE // 2 and not sent:
            worker.people.clock.pass_time(seconds=1)
            sent.append(worker.send(tenant_id))

    embedder.disturb = send
    return sent


def test_page_of_another_goes_before_the_rest_of_a_heavy_document(
    worker: DocumentWorker, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    heavy = worker.send(people.alice, TEXT)
    another = worker.send(people.alice, TEXT)
    sent = send_in_the_middle(worker, people.charlie)
    assert worker.work()
    row = read(worker, heavy)
    assert (row.state, row.attempts, row.suspect) == (State.QUEUED, 0, False)
    monkeypatch.setattr(turns, "TURN_SECONDS", 60.0)
    assert worker.work()
    (page,) = sent
    assert read(worker, page).state == State.READY
    get_embedder(worker).disturb = lambda: None
    assert worker.work() and worker.work()
    assert [read(worker, document).state for document in (heavy, another)] == [State.READY] * 2
    page_passages = read(worker, page).passages
    assert page_passages is not None
    assert len(get_embedder(worker).embedded) == 2 * PASSAGES_MADE + page_passages, "nothing was embedded twice"


def test_heavy_document_goes_on_while_only_its_owner_waits(worker: DocumentWorker, people: People) -> None:
    heavy = worker.send(people.alice, TEXT)
    send_in_the_middle(worker, people.alice)
    assert worker.work()
    assert read(worker, heavy).state == State.READY


def test_two_heavy_documents_take_turns_and_both_end(worker: DocumentWorker, people: People) -> None:
    heavy = [worker.send(tenant, TEXT) for tenant in (people.alice, people.charlie)]
    served: list[int] = []
    while worker.work():
        served.append(len(get_embedder(worker).embedded))
        people.clock.pass_time(seconds=1)
        assert len(served) < 100
    assert [read(worker, document).state for document in heavy] == [State.READY] * 2
    assert len(served) - len(set(served)) <= len(heavy), "every turn embeds something or ends a document"
    assert served[-1] == 2 * PASSAGES_MADE


class SlowEmbedder(CountingEmbedder):
    """Takes its time, and counts the rows in work of each tenant whenever it is asked."""

    def __init__(self, people: People) -> None:
        super().__init__()
        self.people, self.most = people, Counter[int]()

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        time.sleep(0.02)
        with self.people.database.upkeep(reading=True) as session:
            rows = session.query(Document.tenant_id).filter(Document.state == State.WORKING).all()
        self.most |= Counter(tenant_id for (tenant_id,) in rows)
        return super().embed(texts)


def test_page_is_ready_beside_twenty_heavy_documents_on_all_threads(worker: DocumentWorker, people: People) -> None:
    embedder = SlowEmbedder(people)
    worker.services.embedder, worker.services.threads = embedder, THREADS
    heavy = [worker.send(people.alice, TEXT) for _ in range(20)]
    work = make_work_function(worker.services, Queue.DOCUMENTS)
    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    while not embedder.embedded:
        time.sleep(0.01)
    page = worker.send(people.charlie)
    # A wake-up, as for every new document.
    waking = threading.Thread(target=work)
    waking.start()
    while read(worker, page).state != State.READY:
        time.sleep(0.01)
    assert all(read(worker, document).state != State.READY for document in heavy)
    worker.services.stopping.set()
    for thread in (*threads, waking):
        thread.join()
    assert embedder.most[people.alice] == THREADS - 1
