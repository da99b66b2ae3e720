"""Loops outlive a table that is away, and the health checks of the bot name those of workers that fail."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from db.engine import Database
from db.operations.upkeep import workers
from db.states import Queue
from processing.jobs import inbox
from processing.jobs.raw_updates import Arrival
from processing.maintenance import health
from processing.maintenance.health import CheckFailed
from processing.maintenance.reconciler import Reconciler
from processing.runtime import loops
from processing.runtime.leases import LeaseKeeper
from processing.services import Services
from tests.doubles import Clock

WAIT_SECONDS = 30.0


def wait_until(check: Callable[[], Any]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not check():
        assert time.monotonic() < deadline, check
        time.sleep(0.02)


def rename(database: Database, old: str, new: str) -> None:
    with database.engine.begin() as connection:
        connection.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))


@pytest.fixture
def keeper(database: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[LeaseKeeper]:
    monkeypatch.setattr("processing.runtime.leases.RENEWAL_SECONDS", 0.05)
    monkeypatch.setattr("processing.runtime.leases.LONGEST_PAUSE_SECONDS", 0.05)
    keeper = LeaseKeeper(database, clock, "w1", Queue.DOCUMENTS)
    keeper.start()
    yield keeper
    keeper.stop()


def test_leases_are_renewed_again_after_a_table_was_away(
    keeper: LeaseKeeper, database: Database, services: Services
) -> None:
    def count() -> int:
        with database.upkeep(reading=True) as session:
            return len(workers.list_workers(session))

    wait_until(lambda: count() == 1)
    (loop,) = [loop for loop in loops.list_loops() if loop.name == "leases"]
    rename(database, "workers", "away")
    wait_until(lambda: loop.failures > 2)
    assert [trouble.name for trouble in loops.list_failing(0)] == ["leases"]
    rename(database, "away", "workers")
    wait_until(lambda: loop.failing_since is None)
    assert count() == 1 and loops.list_failing(0) == []


def test_a_round_of_the_reconciler_raises_after_all_parts_have_run(services: Services, database: Database) -> None:
    rename(database, "tasks", "away")
    with pytest.raises(Exception, match=r"tasks|database_busy"):
        Reconciler(services).run_round()


def test_the_failing_loops_of_a_worker_are_named(services: Services, clock: Clock) -> None:
    for worker, queue, problem in (("w1", Queue.DOCUMENTS, ""), ("w2", Queue.ANSWERS, 'loop "reconciler" fails')):
        with services.database.upkeep() as session:
            workers.touch_worker(session, worker, queue, clock(), problem)
    assert health.check_worker(services) == "2 alive."
    with pytest.raises(CheckFailed, match='answers worker w2: loop "reconciler" fails'):
        health.check_worker_loops(services)
    with services.database.upkeep() as session:
        workers.touch_worker(session, "w2", Queue.ANSWERS, clock())
    health.check_worker_loops(services)


def test_a_missing_worker_for_questions_fails_the_check(services: Services, clock: Clock) -> None:
    with services.database.upkeep() as session:
        workers.touch_worker(session, "w1", Queue.DOCUMENTS, clock())
    with pytest.raises(CheckFailed, match="questions"):
        health.check_worker(services)


def test_updates_that_nobody_handles_fail_the_check(services: Services, clock: Clock) -> None:
    inbox.store_updates(services, 5, [Arrival(1, 7, "{}"), Arrival(2, 7, "{}"), Arrival(3, 8, "{}", problem="broken")])
    assert health.check_updates(services) == "Are handled. Dead letters: 1."
    clock.now += timedelta(seconds=61)
    with pytest.raises(CheckFailed, match="more than a minute"):
        health.check_updates(services)
    (claimed,) = inbox.claim_updates(services, 5, "here:1", 10)
    assert health.check_updates(services) == "Are handled. Dead letters: 1."
    inbox.put_update_back(services, claimed, timedelta(minutes=5))
    assert health.check_updates(services).startswith("Are handled.")
