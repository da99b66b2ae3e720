"""What the status page shows, and where it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class CheckResult:
    """``detail`` is a plain sentence, never a library's words."""

    ok: bool
    detail: str
    milliseconds: float


@dataclass(frozen=True, slots=True)
class RunningWork:
    """One document in work, without its name or owner."""

    stage: str
    done: int
    total: int
    percent: int
    seconds: float


@dataclass(frozen=True, slots=True)
class WorkerAlive:
    queue: str
    seen_seconds_ago: float
    busy: int


@dataclass(frozen=True, slots=True)
class Status:
    """Figures over all tenants; times in seconds."""

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
    """Both calls answer within a few seconds and do not raise."""

    async def get_status(self) -> Status: ...

    async def run_checks(self) -> dict[str, CheckResult]: ...
