"""The reconciler sends wake-ups for due work, delivers results, and deletes what is left over."""

from __future__ import annotations

import os
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest

from db.models import Document, Question
from db.operations.upkeep import workers
from db.states import Queue, State
from processing.maintenance.reconciler import LEFTOVER_SECONDS, WAKE_UPS_AT_ONCE, Reconciler, reconcile
from tests.integration.people import People
from tests.integration.workers import DocumentWorker, open_worker


@pytest.fixture
def worker(people: People, tmp_path: Path) -> DocumentWorker:
    return open_worker(people, tmp_path)


def test_reconciler_sends_one_wake_up_to_each_queue_with_due_work(worker: DocumentWorker, people: People) -> None:
    people.add_document(people.alice)
    people.add_document(people.alice, due_at=people.clock() + timedelta(minutes=1))
    people.add_document(people.charlie, state=State.READY)
    people.add_question(people.charlie)
    reconcile(worker.services)
    assert worker.wake_up.sent == {Queue.DOCUMENTS: 1, Queue.ANSWERS: 1}
    reconcile(worker.services)
    assert worker.wake_up.sent == {Queue.DOCUMENTS: 1, Queue.ANSWERS: 1}, "one wake-up that already waits is enough"


def test_reconciler_sends_a_bounded_number_of_wake_ups(worker: DocumentWorker, people: People) -> None:
    for _ in range(WAKE_UPS_AT_ONCE + 5):
        people.add_document(people.alice)
    reconcile(worker.services)
    assert worker.wake_up.sent == {Queue.DOCUMENTS: WAKE_UPS_AT_ONCE}


def test_reconciler_sends_a_wake_up_after_a_lease_has_expired(worker: DocumentWorker, people: People) -> None:
    people.add_document(
        people.alice, state=State.WORKING, fencing_token=1, lease_until=people.clock() + timedelta(seconds=30)
    )
    reconcile(worker.services)
    assert worker.wake_up.sent == {}
    people.clock.pass_time(seconds=31)
    reconcile(worker.services)
    assert worker.wake_up.sent == {Queue.DOCUMENTS: 1}


def test_reconciler_sends_missing_wake_ups_once_the_queue_is_back(worker: DocumentWorker, people: People) -> None:
    worker.wake_up.down = True
    people.add_document(people.alice)
    reconcile(worker.services)
    worker.wake_up.down = False
    reconcile(worker.services)
    assert worker.wake_up.sent == {Queue.DOCUMENTS: 1}


def make_old(path: Path) -> None:
    path.mkdir(parents=True)
    (path / "archive.mp4").write_bytes(b"half")
    before = time.time() - LEFTOVER_SECONDS - 10
    for old in (path / "archive.mp4", path):
        os.utime(old, (before, before))


def test_reconciler_deletes_scratch_files_of_dead_attempts(worker: DocumentWorker, people: People) -> None:
    document = people.add_document(
        people.alice, state=State.WORKING, fencing_token=3, lease_until=people.clock() + timedelta(minutes=5)
    )
    scratch_directory = worker.services.scratch_directory
    alive, older, unknown = (
        scratch_directory / name for name in (f"{document.id}-3-x", f"{document.id}-2-x", f"{'b' * 16}-1-x")
    )
    for folder in (alive, older, unknown):
        make_old(folder)
    (scratch_directory / f"{'c' * 16}-1-new").mkdir()
    stray = scratch_directory / "tmp-download"
    stray.write_bytes(b"half")
    os.utime(stray, (0, 0))
    reconcile(worker.services)
    assert sorted(path.name for path in scratch_directory.iterdir()) == sorted([alive.name, f"{'c' * 16}-1-new"])


def test_reconciler_deletes_silent_workers_and_old_questions(worker: DocumentWorker, people: People) -> None:
    now = people.clock()
    with people.database.upkeep() as session:
        workers.touch_worker(session, "w1", Queue.DOCUMENTS, now)
    old = people.add_question(people.alice, state=State.READY)
    undelivered = people.add_question(people.alice, state=State.READY)
    people.owe(undelivered, due_at=now + timedelta(days=3))
    waiting = people.add_question(people.alice, due_at=now + timedelta(days=3))
    people.clock.pass_time(days=1, seconds=1)
    fresh = people.add_question(people.alice, state=State.READY)
    with people.database.upkeep() as session:
        workers.touch_worker(session, "w2", Queue.DOCUMENTS, people.clock())
    reconcile(worker.services)
    with people.database.upkeep(reading=True) as session:
        assert [worker.id for worker in workers.list_workers(session)] == ["w2"]
        kept = {question.id for question in session.query(Question)}
        assert session.query(Document).count() == 0
    assert kept == {undelivered.id, waiting.id, fresh.id}
    assert old.id not in kept


def test_reconciler_goes_on_after_a_round_that_raises(worker: DocumentWorker, monkeypatch: pytest.MonkeyPatch) -> None:
    errors, done = [ValueError("unknown")], threading.Event()

    def fail_once(_services: object) -> None:
        if errors:
            raise errors.pop()
        done.set()

    monkeypatch.setattr("processing.maintenance.reconciler.RECONCILE_SECONDS", 0.01)
    monkeypatch.setattr("processing.maintenance.reconciler.reconcile", fail_once)
    reconciler = Reconciler(worker.services)
    reconciler.start()
    try:
        assert done.wait(30)
    finally:
        reconciler.stop()
