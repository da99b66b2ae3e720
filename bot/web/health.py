"""Runs health checks side by side, each with a time limit, and describes their results in plain sentences."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bot.web.status import CheckResult, StatusSource
from processing.maintenance.health import CheckFailed
from settings import VERSION

CHECK_SECONDS = 3.0
MARGIN_SECONDS = 2.0
FAILURES = {
    "database": "The database does not answer.",
    "queue": "The queue does not answer. Documents are kept and wait.",
    "worker": "No worker for documents has been seen lately. Documents wait.",
    "storage": "The storage cannot be written or read.",
    "telegram": "Telegram does not answer.",
    "updates": "The inbox of updates can't be read.",
    "loops": "Could not be checked.",
}
Check = Callable[[], Awaitable[str]]
log = logging.getLogger(__name__)


async def run_checks(checks: Mapping[str, Check], seconds: float = CHECK_SECONDS) -> dict[str, CheckResult]:
    """Run all ``checks`` at the same time. A check fails if it raises or takes longer than ``seconds``."""
    results = await asyncio.gather(*(run_check(name, check, seconds) for name, check in checks.items()))
    return dict(zip(checks, results, strict=True))


async def run_check(name: str, check: Check, seconds: float = CHECK_SECONDS) -> CheckResult:
    """Run one check. If it raises or takes too long, return a failed result.

    Its sentence is that of ``CheckFailed``, for other errors the one from ``FAILURES``.
    """
    began = time.monotonic()
    try:
        async with asyncio.timeout(seconds):
            ok, detail = True, await check()
    except CheckFailed as failure:
        log.warning("check_failed", extra={"check": name, "error": failure.detail})
        ok, detail = False, failure.detail
    except Exception as error:
        log.warning("check_failed", extra={"check": name, "error": type(error).__name__})
        ok, detail = False, FAILURES.get(name, "Does not answer.")
    return CheckResult(ok, detail, round((time.monotonic() - began) * 1000, 1))


async def gather_checks(
    source: StatusSource, seconds: float = CHECK_SECONDS + MARGIN_SECONDS
) -> dict[str, CheckResult]:
    """Return the results of the source's checks; all failed if the source raises or takes longer than ``seconds``."""
    began = time.monotonic()
    try:
        async with asyncio.timeout(seconds):
            return await source.run_checks()
    except Exception as error:
        log.error("checks_failed", extra={"error": type(error).__name__})
        elapsed = round((time.monotonic() - began) * 1000, 1)
        return {name: CheckResult(False, "Could not be checked.", elapsed) for name in FAILURES}


def describe_health(checks: Mapping[str, CheckResult]) -> dict[str, Any]:
    """Return the JSON body of ``/api/health`` and ``/healthz``."""
    return {
        "status": "healthy" if all(check.ok for check in checks.values()) else "degraded",
        "service": "Socrate",
        "version": VERSION,
        "checks": {
            name: {"ok": check.ok, "detail": check.detail, "ms": check.milliseconds} for name, check in checks.items()
        },
    }
