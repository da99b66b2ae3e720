"""The state of the whole system: counts, running work and health checks, without names of people or documents."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from db.operations.upkeep import stats, updates, work_queue, workers
from db.operations.upkeep.stats import MOST_COUNTED as MOST_COUNTED
from db.states import Queue, Stage, State, UpdateState
from errors import TransientFailure
from processing.documents.stages import measure_percent
from processing.locks.probe import describe_locks
from processing.runtime.loops import describe_failing, list_loops
from processing.services import Services

WORKER_ALIVE = timedelta(seconds=35)
UPDATES_WAIT = timedelta(minutes=1)


class CheckFailed(Exception):
    """A health check failed. ``detail`` is the sentence that the pages show; it has no text of another error."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class NoWorker(TransientFailure):
    """No worker for documents has shown a heartbeat lately, so documents wait."""

    key = "no_worker"


@dataclass(frozen=True, slots=True)
class Running:
    """A document in work: ``done`` of ``total`` steps of its stage, ``percent`` of the whole work, time in seconds."""

    stage: str
    done: int
    total: int
    percent: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Overview:
    """Figures over all tenants; times are in seconds.

    ``counts`` are documents by state, ended ones up to ``MOST_COUNTED``. ``oldest_wait`` is how long the first queued
    document has waited. ``average`` is the mean time of work on documents that became ready within seven days. Both are
    None if there are no such documents.
    ``workers`` are (queue, seconds since the last heartbeat, rows in work).
    """

    counts: dict[str, int]
    running: list[Running]
    queue_length: int
    oldest_wait: float | None
    average: float | None
    finished_today: int
    workers: list[tuple[str, float, int]]


def get_overview(services: Services) -> Overview:
    now = services.clock()
    with services.database.upkeep(reading=True) as session:
        counts = stats.count_by_state(session)
        rows = stats.list_running(session)
        oldest = work_queue.find_oldest_sent_at(session)
        daily_stats = stats.list_daily_stats(session, now.date() - timedelta(days=6))
        alive, in_hand = workers.list_workers(session), work_queue.count_in_hand(session)
    ready = [stats_row for stats_row in daily_stats if stats_row.outcome == State.READY]
    made = sum(stats_row.count for stats_row in ready)
    return Overview(
        counts=counts,
        running=[
            Running(
                row.stage or Stage.READING,
                row.done,
                row.total or 0,
                measure_percent(row.stage, row.done, row.total),
                (now - (row.started_at or now)).total_seconds(),
            )
            for row in rows
        ],
        queue_length=counts.get(State.QUEUED, 0),
        oldest_wait=(now - oldest).total_seconds() if oldest else None,
        average=sum(stats_row.seconds for stats_row in ready) / made if made else None,
        finished_today=sum(stats_row.count for stats_row in ready if stats_row.day == now.date()),
        workers=[(row.queue, (now - row.seen_at).total_seconds(), in_hand[row.id]) for row in alive],
    )


@dataclass(frozen=True, slots=True)
class Totals:
    """Ended documents and the seconds of work on them since the first start, by state; numbers of updates now."""

    ended: dict[str, int]
    seconds: dict[str, float]
    dead_letters: int
    updates_waiting: int


def get_totals(services: Services) -> Totals:
    ended: dict[str, int] = {}
    seconds: dict[str, float] = {}
    with services.database.upkeep(reading=True) as session:
        for stats_row in stats.list_daily_stats(session, date.min):
            ended[stats_row.outcome] = ended.get(stats_row.outcome, 0) + stats_row.count
            seconds[stats_row.outcome] = seconds.get(stats_row.outcome, 0.0) + stats_row.seconds
        dead = updates.count_updates(session, UpdateState.DEAD_LETTER)
        waiting = updates.count_updates(session, UpdateState.WAITING)
    return Totals(ended, seconds, dead, waiting)


def list_checks(services: Services) -> dict[str, Callable[[], str]]:
    """Return the health checks by name; each returns a sentence, or raises if it fails."""
    return {
        "database": lambda: check_database(services),
        "queue": lambda: check_queue(services),
        "worker": lambda: check_worker(services),
        "storage": lambda: check_storage(services),
        "updates": lambda: check_updates(services),
        # It says which rights a reader has on this machine, and never fails.
        "reader": describe_locks,
    }


def check_database(services: Services) -> str:
    services.database.check()
    return "Answers."


def check_queue(services: Services) -> str:
    services.wake_up.check()
    return "Answers."


def check_storage(services: Services) -> str:
    services.storage.check()
    return "Can be written and read."


def check_worker(services: Services) -> str:
    """Raise ``NoWorker`` if no worker for documents has shown a heartbeat within ``WORKER_ALIVE``.

    Raise ``CheckFailed`` if none for questions has.
    """
    now = services.clock()
    with services.database.upkeep(reading=True) as session:
        seen = [row for row in workers.list_workers(session) if now - row.seen_at < WORKER_ALIVE]
    if not any(row.queue == Queue.DOCUMENTS for row in seen):
        raise NoWorker
    if not any(row.queue == Queue.ANSWERS for row in seen):
        raise CheckFailed("No worker for questions has been seen lately. Questions wait.")
    return f"{len(seen)} alive."


def check_updates(services: Services) -> str:
    """Raise ``CheckFailed`` if an update that could be handled has waited for ``UPDATES_WAIT``."""
    with services.database.upkeep(reading=True) as session:
        late = updates.count_late(session, services.clock() - UPDATES_WAIT)
        dead = updates.count_updates(session, UpdateState.DEAD_LETTER)
    if late:
        raise CheckFailed("Updates of Telegram have waited for more than a minute.")
    return f"Are handled. Dead letters: {dead}." if dead else "Are handled."


def check_own_loops() -> str:
    """Raise ``CheckFailed`` with the names and last errors of the loops that fail in this process."""
    if failing := describe_failing():
        raise CheckFailed(f"{failing}.")
    return f"{len(list_loops())} run in this process."


def check_worker_loops(services: Services) -> None:
    """Raise ``CheckFailed`` with the names and last errors of the loops that fail in workers."""
    now = services.clock()
    with services.database.upkeep(reading=True) as session:
        seen = [row for row in workers.list_workers(session) if now - row.seen_at < WORKER_ALIVE]
    if failing := "; ".join(f"{row.queue} worker {row.id}: {row.problem}" for row in seen if row.problem):
        raise CheckFailed(f"{failing}.")
