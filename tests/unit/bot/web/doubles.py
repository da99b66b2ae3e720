"""A status source whose answers tests set."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from bot.web.status import CheckResult, RunningWork, Status, WorkerStatus

WELL = {
    "database": CheckResult(True, "Answers.", 1.2),
    "queue": CheckResult(True, "Answers.", 0.8),
    "worker": CheckResult(True, "2 alive.", 1.0),
    "storage": CheckResult(True, "Can be written and read.", 2.1),
    "telegram": CheckResult(True, "Answers.", 0.1),
    "updates": CheckResult(True, "Are handled.", 0.9),
    "loops": CheckResult(True, "9 run in this process.", 0.1),
}
SOUND = Status(
    version="7.8.9",
    healthy=True,
    uptime=3723.0,
    counts={"queued": 11, "working": 2, "ready": 431, "failed": 17, "cancelled": 5},
    running=[RunningWork("filming", 120, 273, 64, 14.0), RunningWork("reading", 0, 0, 0, 1.0)],
    queue_length=11,
    oldest_wait=95.0,
    average=8.4,
    finished_today=37,
    workers=[WorkerStatus("documents", 2.0, 1), WorkerStatus("answers", 3.0, 1), WorkerStatus("documents", 900.0, 1)],
    checks=WELL,
)


def make_failing(name: str, detail: str, status: Status = SOUND) -> Status:
    checks = status.checks | {name: CheckResult(False, detail, 3.0)}
    return replace(status, healthy=False, checks=checks)


@dataclass
class FakeSource:
    """Returns ``status`` or raises ``error``; ``asked`` counts the calls."""

    status: Status = SOUND
    error: Exception | None = None
    asked: int = field(default=0)

    async def get_status(self) -> Status:
        self.asked += 1
        if self.error:
            raise self.error
        return self.status

    async def run_checks(self) -> dict[str, CheckResult]:
        return (await self.get_status()).checks
