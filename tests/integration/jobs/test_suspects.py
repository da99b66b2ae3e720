"""What dies with a process is tried alone, and only that is counted; nobody has all threads of a worker."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from db.models import Question
from db.operations import claims
from db.operations.upkeep import work_queue
from db.states import State
from processing.documents.job import DOCUMENT_JOB
from processing.jobs import alone
from processing.jobs.alone import SuspectRunner, run_suspects, watch
from processing.runtime.leases import release_dead_worker
from tests.doubles import Clock
from tests.integration.jobs.test_claims import LEASE, claim, claim_surely, finish, put_back
from tests.integration.people import People
from tests.integration.workers import open_worker


def die(people: People, clock: Clock, worker: str, *, found: bool) -> None:
    """Let the worker die; its supervisor has ``found`` that, or the leases expire."""
    if found:
        release_dead_worker(people.database, worker, clock())
    else:
        clock.pass_time(seconds=31)


@pytest.mark.parametrize("found", [True, False])
def test_death_of_a_worker_is_not_counted_and_makes_its_documents_suspects(
    people: People, clock: Clock, found: bool
) -> None:
    for tenant in (people.alice, people.charlie):
        people.add_document(tenant)
    held = {claim_surely(people, "w").id for _ in range(2)}
    die(people, clock, "w", found=found)
    assert claim(people) is None, "they are not tried beside others"
    again = [claim_surely(people, "alone", suspect=True) for _ in range(2)]
    assert {row.id for row in again} == held
    assert [(row.suspect, row.attempts, row.fencing_token) for row in again] == [(True, 1, 2)] * 2


@pytest.mark.parametrize("found", [True, False])
def test_death_during_a_suspect_is_counted(people: People, clock: Clock, found: bool) -> None:
    people.add_document(people.alice, suspect=True)
    claim_surely(people, "alone", suspect=True)
    die(people, clock, "alone", found=found)
    if found:
        assert claim(people, suspect=True) is None, "there is a pause"
        clock.pass_time(seconds=5)
    assert claim_surely(people, "alone", suspect=True).attempts == 2


def test_suspect_stays_one_when_it_is_put_back_or_queued_again(people: People, clock: Clock) -> None:
    people.add_document(people.alice, suspect=True)
    put_back(people, claim_surely(people, suspect=True), counted=False)
    document = claim_surely(people, suspect=True)
    finish(people, document, State.FAILED)
    with people.database.tenant(people.alice) as session:
        assert claims.queue_again(session, people.alice, document.id, clock())
    assert claim(people) is None
    assert claim(people, suspect=True) is not None


def test_tenant_with_their_share_of_a_worker_in_work_is_skipped(people: People) -> None:
    for _ in range(3):
        people.add_document(people.alice)
    people.add_question(people.alice)
    with people.database.upkeep() as session:
        assert work_queue.claim_next(session, Question, "w", people.clock(), LEASE) is not None
    claim_surely(people, "w", most_per_tenant=2)
    assert claim(people, "w", most_per_tenant=2) is None
    charlies = people.add_document(people.charlie)
    assert claim_surely(people, "w", most_per_tenant=2).id == charlies.id
    assert claim(people, "another", most_per_tenant=2) is not None


# Takes the row for itself, as a claim does, and dies.
TAKE_AND_DIE = """
import os, signal, sys
from datetime import UTC, datetime
from sqlalchemy import update
from db.engine import Database
from db.models import Document
from processing.runtime.leases import name_worker
with Database(sys.argv[1]).upkeep() as session:
    held = {"state": "working", "worker": name_worker(os.getpid()), "attempts": 1, "fencing_token": 1}
    session.execute(update(Document).values(**held, lease_until=datetime(2030, 1, 1, tzinfo=UTC)))
os.kill(os.getpid(), signal.SIGKILL)
"""
SLEEP = "import time; time.sleep(600)"
WAIT_SECONDS = 30.0


@pytest.fixture
def runner(people: People, tmp_path: Path) -> SuspectRunner:
    return SuspectRunner(open_worker(people, tmp_path).services, [DOCUMENT_JOB])


def set_script(runner: SuspectRunner, script: str) -> None:
    runner.services.suspect_command = [sys.executable, "-c", script, runner.services.database.url]


def start(runner: SuspectRunner, monkeypatch: pytest.MonkeyPatch) -> tuple[list[bool], threading.Thread]:
    """Run in a thread; returns when the process has started. The list has the result when the thread has ended."""
    started, results = threading.Event(), list[bool]()

    def watch_after(process: subprocess.Popen[bytes], heartbeat_end: int, stopping: threading.Event) -> None:
        started.set()
        watch(process, heartbeat_end, stopping)

    monkeypatch.setattr(alone, "watch", watch_after)
    thread = threading.Thread(target=lambda: results.append(runner.run()))
    thread.start()
    assert started.wait(WAIT_SECONDS)
    return results, thread


def test_no_process_is_started_without_a_suspect(runner: SuspectRunner, people: People) -> None:
    people.add_document(people.alice)
    set_script(runner, "raise AssertionError")
    assert not runner.run()


def test_process_that_dies_is_counted_against_its_suspect_only(runner: SuspectRunner, people: People) -> None:
    document = people.add_document(people.alice, suspect=True)
    set_script(runner, TAKE_AND_DIE)
    assert runner.run()
    row = people.read(document.id)
    assert row is not None
    assert (row.state, row.attempts, row.worker) == (State.QUEUED, 1, None)
    assert row.due_at == people.clock() + work_queue.SUSPECT_PAUSE


def test_stopping_worker_ends_the_process(
    runner: SuspectRunner, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    people.add_document(people.alice, suspect=True)
    set_script(runner, SLEEP)
    results, thread = start(runner, monkeypatch)
    assert not runner.run(), "one at a time"
    runner.services.stopping.set()
    thread.join(WAIT_SECONDS)
    assert results == [True]


def test_frozen_process_is_killed(runner: SuspectRunner, people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alone, "SILENCE_SECONDS", 0.5)
    people.add_document(people.alice, suspect=True)
    set_script(runner, SLEEP)
    results, thread = start(runner, monkeypatch)
    thread.join(WAIT_SECONDS)
    assert results == [True]


def test_process_that_can_not_be_started_leaves_the_suspect(runner: SuspectRunner, people: People) -> None:
    document = people.add_document(people.alice, suspect=True)
    runner.services.suspect_command = ["/there/is/no/such/program"]
    assert not runner.run()
    row = people.read(document.id)
    assert row is not None and (row.state, row.attempts) == (State.QUEUED, 0)


def test_process_for_suspects_works_until_none_is_due(people: People, tmp_path: Path) -> None:
    worker = open_worker(people, tmp_path)
    sent = [worker.send(tenant) for tenant in (people.alice, people.charlie)]
    other = worker.send(people.alice)
    with people.database.upkeep() as session:
        for document in sent:
            session.merge(document).suspect = True
    worker.services.alone = True
    run_suspects(worker.services, [DOCUMENT_JOB])
    states = [row.state if (row := people.read(document.id)) else None for document in (*sent, other)]
    assert states == [State.READY, State.READY, State.QUEUED]
