"""The types of the status page, and the protocol of its source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The result of a health check. ``detail`` is a plain sentence; it never holds the text of an exception."""

    ok: bool
    detail: str
    milliseconds: float


@dataclass(frozen=True, slots=True)
class RunningWork:
    """A document in work, without its name and owner. ``percent`` is 0 to 100, ``seconds`` the time since the start."""

    stage: str
    done: int
    total: int
    percent: int
    seconds: float


@dataclass(frozen=True, slots=True)
class WorkerStatus:
    """A worker process: its queue, the seconds since its last heartbeat, and the number of rows it has in work."""

    queue: str
    seen_seconds_ago: float
    busy: int


@dataclass(frozen=True, slots=True)
class Status:
    """Figures over all tenants.

    ``counts`` has the number of documents by state. ``uptime``, ``oldest_wait`` and ``average`` (the time that a
    document takes) are seconds; the last two are None if there are no documents to measure.
    """

    version: str
    healthy: bool
    uptime: float
    counts: dict[str, int]
    running: list[RunningWork]
    queue_length: int
    oldest_wait: float | None
    average: float | None
    finished_today: int
    workers: list[WorkerStatus]
    checks: dict[str, CheckResult]


class StatusSource(Protocol):
    """Provides the status for the pages. Both methods return within a few seconds and do not raise."""

    async def get_status(self) -> Status: ...

    async def run_checks(self) -> dict[str, CheckResult]: ...
