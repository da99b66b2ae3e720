"""The status as JSON, with the texts that the page shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from bot.languages import DEFAULT
from bot.render.format import format_duration
from bot.texts import has_text, say
from bot.web.status import CheckResult, RunningWork, Status, WorkerStatus
from processing.maintenance.health import MOST_COUNTED, WORKER_ALIVE
from processing.types import State

CHECKS = {
    "database": "Database",
    "queue": "Queue",
    "worker": "Worker",
    "storage": "Storage",
    "telegram": "Telegram",
    "updates": "Updates",
    "loops": "Loops",
}
LABELS = {
    "running": "Running",
    "waiting": "Waiting",
    "ready": "Ready",
    "failed": "Failed",
    "average": "Average time",
    "workers": "Workers alive",
}
NOTHING = "–"
Json = dict[str, Any]


def describe_status(status: Status) -> Json:
    """Return the status as a dict for JSON; ``shown`` holds the same figures as texts for the page."""
    return asdict(status) | {
        "shown": {
            "healthy": status.healthy,
            "state": "All good" if status.healthy else "Something needs attention",
            "cards": list_cards(status),
            "running": [describe_work(work) for work in status.running],
            "checks": [describe_check(name, check) for name, check in status.checks.items()],
            "uptime": format_duration(status.uptime),
            "version": status.version,
        }
    }


def list_cards(status: Status) -> list[Json]:
    database = status.checks.get("database")
    if database is not None and not database.ok:
        # Zeros would look like an idle system, while nothing is known about it.
        return [make_card(key, label, NOTHING, "unknown right now") for key, label in LABELS.items()]
    counts, alive = status.counts, list_alive(status.workers)
    busy = sum(worker.busy > 0 for worker in alive)
    oldest = "none waiting" if status.oldest_wait is None else f"oldest {format_duration(status.oldest_wait)}"
    average = NOTHING if status.average is None else format_duration(status.average)
    figures: dict[str, tuple[int | str, str]] = {
        "running": (counts.get(State.WORKING, 0), "being read right now"),
        "waiting": (status.queue_length, oldest),
        "ready": (describe_count(counts, State.READY), f"{status.finished_today} finished today"),
        "failed": (describe_count(counts, State.FAILED), f"and {describe_count(counts, State.CANCELLED)} cancelled"),
        "average": (average, "per document"),
        "workers": (len(alive), f"{busy} busy" if alive else "documents have to wait"),
    }
    return [make_card(key, LABELS[key], value, note) for key, (value, note) in figures.items()]


def describe_count(counts: dict[str, int], state: State) -> str:
    """Return the number of ended documents in a state, with ``+`` if there may be more of them."""
    count = counts.get(state, 0)
    return f"{count:,}+" if count >= MOST_COUNTED else str(count)


def make_card(key: str, label: str, value: int | str, note: str) -> Json:
    return {"key": key, "label": label, "value": str(value), "note": note}


def list_alive(workers: Sequence[WorkerStatus]) -> list[WorkerStatus]:
    return [worker for worker in workers if worker.seen_seconds_ago < WORKER_ALIVE.total_seconds()]


def describe_work(work: RunningWork) -> Json:
    count = f"{work.done:,} of {work.total:,}" if work.total else ""
    return {
        "stage": describe_stage(work.stage),
        "percent": work.percent,
        "note": " · ".join(part for part in (count, format_duration(work.seconds)) if part),
    }


def describe_stage(stage: str) -> str:
    key = f"stage_{stage}"
    return say(DEFAULT, key) if has_text(key) else "Working"


def describe_check(name: str, check: CheckResult) -> Json:
    return {
        "name": CHECKS.get(name, name.capitalize()),
        "ok": check.ok,
        "state": "working" if check.ok else "failing",
        "detail": check.detail,
        "time": f"{check.milliseconds:.0f} ms",
    }
