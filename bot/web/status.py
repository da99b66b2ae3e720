"""The types of the status page, and the protocol of where its figures come from."""

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
    """One document that is being read, without its name and owner. ``percent`` is 0 to 100."""

    stage: str
    done: int
    total: int
    percent: int
    seconds: float


@dataclass(frozen=True, slots=True)
class WorkerAlive:
    """A worker process: its queue, when it was seen, and how many pieces of work it has in hand."""

    queue: str
    seen_seconds_ago: float
    busy: int


@dataclass(frozen=True, slots=True)
class Status:
    """Figures over all tenants.

    ``counts`` has the number of documents by state. ``uptime``, ``oldest_wait`` and ``average`` (the time that a
    document takes) are seconds; the last two are None where there is nothing to measure.
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
    workers: list[WorkerAlive]
    checks: dict[str, CheckResult]


class StatusSource(Protocol):
    """Where pages get the status from. Both methods return within a few seconds and do not raise."""

    async def get_status(self) -> Status: ...

    async def run_checks(self) -> dict[str, CheckResult]: ...
