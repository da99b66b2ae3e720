"""Health checks run side by side, each with its time limit."""

from __future__ import annotations

import asyncio

from bot.web.health import describe_health, gather_checks, run_checks
from bot.web.status import CheckResult
from tests.unit.bot.web.doubles import FakeSource

SECRET = "redis://:hunter2@queue:6379"


async def answer() -> str:
    return "Answers."


async def fail() -> str:
    raise ConnectionError(SECRET)


async def hang() -> str:
    await asyncio.Event().wait()
    return "never"


async def test_a_check_that_hangs_fails_and_delays_no_other() -> None:
    results = await run_checks({"database": answer, "storage": hang}, seconds=0.01)
    assert results["database"].ok
    assert not results["storage"].ok
    assert results["storage"].detail == "The storage cannot be written or read."


async def test_a_check_that_raises_is_described_in_a_plain_sentence() -> None:
    results = await run_checks({"queue": fail})
    assert results["queue"].detail == "The queue does not answer. Documents are kept and wait."
    assert SECRET not in str(results)


async def test_checks_run_side_by_side() -> None:
    both = asyncio.Barrier(2)

    async def meet() -> str:
        await both.wait()
        return "Met."

    results = await run_checks({"database": meet, "queue": meet}, seconds=5)
    assert [result.ok for result in results.values()] == [True, True]


async def test_a_check_without_a_sentence_gets_a_general_one() -> None:
    results = await run_checks({"moon": fail})
    assert results["moon"].detail == "Does not answer."


async def test_every_check_fails_when_the_source_hangs() -> None:
    class Hanging(FakeSource):
        async def run_checks(self) -> dict[str, CheckResult]:
            await asyncio.Event().wait()
            return {}

    checks = await gather_checks(Hanging(), seconds=0.01)
    assert len(checks) == 7
    assert describe_health(checks)["status"] == "degraded"
