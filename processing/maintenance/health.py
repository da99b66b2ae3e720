"""How things stand: counts and running work without anybody's name, and checks really made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from db.models import DEAD_LETTER, READY, WAITING
from db.operations.upkeep import stats, updates, work_queue, workers
from errors import TransientFailure
from processing.documents.stages import measure_percent
from processing.services import DOCUMENTS, Services

WORKER_ALIVE = timedelta(seconds=35)


class NoWorker(TransientFailure):
    """No worker was seen lately; documents wait."""

    key = "no_worker"


@dataclass(frozen=True, slots=True)
class Running:
    stage: str
    done: int
    total: int
    percent: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Overview:
    """Figures over all tenants. Times in seconds."""

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
        oldest = work_queue.find_oldest_wait(session)
        daily_stats = stats.list_daily_stats(session, now.date() - timedelta(days=6))
        alive, in_hand = workers.list_workers(session), work_queue.count_in_hand(session)
    ready = [stats_row for stats_row in daily_stats if stats_row.outcome == READY]
    made = sum(stats_row.count for stats_row in ready)
    return Overview(
        counts=counts,
        running=[
            Running(
                row.stage or "reading",
                row.done,
                row.total or 0,
                measure_percent(row.stage, row.done, row.total),
                (now - (row.started_at or now)).total_seconds(),
            )
            for row in rows
        ],
        queue_length=counts.get("queued", 0),
        oldest_wait=(now - oldest).total_seconds() if oldest else None,
        average=sum(stats_row.seconds for stats_row in ready) / made if made else None,
        finished_today=sum(stats_row.count for stats_row in ready if stats_row.day == now.date()),
        workers=[(row.queue, (now - row.seen_at).total_seconds(), in_hand[row.id]) for row in alive],
    )


@dataclass(frozen=True, slots=True)
class Totals:
    """What is counted up: documents and their seconds by how they ended, updates set aside."""

    ended: dict[str, int]
    seconds: dict[str, float]
    set_aside: int
    updates_waiting: int


def get_totals(services: Services) -> Totals:
    ended: dict[str, int] = {}
    seconds: dict[str, float] = {}
    with services.database.upkeep(reading=True) as session:
        for stats_row in stats.list_daily_stats(session, date.min):
            ended[stats_row.outcome] = ended.get(stats_row.outcome, 0) + stats_row.count
            seconds[stats_row.outcome] = seconds.get(stats_row.outcome, 0.0) + stats_row.seconds
        aside, waiting = updates.count_updates(session, DEAD_LETTER), updates.count_updates(session, WAITING)
    return Totals(ended, seconds, aside, waiting)


def list_checks(services: Services) -> dict[str, Callable[[], str]]:
    """Check by name; each gives a plain sentence or raises."""
    return {
        "database": lambda: check_database(services),
        "queue": lambda: check_queue(services),
        "worker": lambda: check_worker(services),
        "storage": lambda: check_storage(services),
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
    """Raise ``TransientFailure`` where no worker for documents was seen lately."""
    now = services.clock()
    with services.database.upkeep(reading=True) as session:
        seen = [row for row in workers.list_workers(session) if now - row.seen_at < WORKER_ALIVE]
    if not any(row.queue == DOCUMENTS for row in seen):
        raise NoWorker
    return f"{len(seen)} alive."
