"""The status of the running system, for the web pages."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

from bot.context import BotContext
from bot.web.health import CHECK_SECONDS, run_checks
from bot.web.status import CheckResult, RunningWork, Status, WorkerStatus
from errors import SocrateError
from processing.maintenance import health
from settings import VERSION

log = logging.getLogger(__name__)
# Shown while the database does not answer.
EMPTY = health.Overview({}, [], 0, None, None, 0, [])


class LiveStatus:
    """A ``StatusSource`` that asks the services at every call.

    ``check_telegram`` returns a sentence, or raises if Telegram does not answer.
    """

    def __init__(self, bot_context: BotContext, check_telegram: Callable[[], str]) -> None:
        self.bot_context, self.check_telegram = bot_context, check_telegram
        self._started = time.monotonic()

    async def run_checks(self) -> dict[str, CheckResult]:
        checks = {name: self._in_thread(check) for name, check in health.list_checks(self.bot_context.services).items()}
        checks |= {"telegram": self._check_telegram, "loops": self._check_loops}
        return await run_checks(checks)

    async def get_status(self) -> Status:
        checks, overview = await asyncio.gather(self.run_checks(), self._get_overview())
        return Status(
            version=VERSION,
            healthy=all(check.ok for check in checks.values()),
            uptime=time.monotonic() - self._started,
            counts=overview.counts,
            running=[RunningWork(row.stage, row.done, row.total, row.percent, row.seconds) for row in overview.running],
            queue_length=overview.queue_length,
            oldest_wait=overview.oldest_wait,
            average=overview.average,
            finished_today=overview.finished_today,
            workers=[WorkerStatus(queue, seen, busy) for queue, seen, busy in overview.workers],
            checks=checks,
        )

    async def _get_overview(self) -> health.Overview:
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                return await self.bot_context.run(health.get_overview)
        except Exception as error:
            log.warning("overview_failed", extra={"error": type(error).__name__})
            return EMPTY

    def _in_thread(self, check: Callable[[], str]) -> Callable[[], Awaitable[str]]:
        async def run() -> str:
            return await self.bot_context.run(lambda _services: check())

        return run

    async def _check_telegram(self) -> str:
        return self.check_telegram()

    async def _check_loops(self) -> str:
        """Check the loops of this process, without a thread or the database, then those of workers."""
        detail = health.check_own_loops()
        # While the database does not answer, its own check says so.
        with suppress(SocrateError):
            await self.bot_context.run(health.check_worker_loops)
        return detail
