"""A failed call to Telegram is repeated only where it is certain that no message arrives twice."""

from __future__ import annotations

import httpx
import pytest
from telegram.error import BadRequest, NetworkError, RetryAfter, TimedOut

from bot.delivery.certainty import get_seconds
from bot.delivery.rate_limiter import SharedRateLimiter

AWAY = "redis://127.0.0.1:1/0"


def break_with(cause: Exception | None, error: NetworkError) -> NetworkError:
    error.__cause__ = cause
    return error


PAGE = break_with(None, NetworkError("Bad Gateway"))
CUT = break_with(httpx.ReadError("cut"), NetworkError("httpx.ReadError"))
SLOW = break_with(httpx.ReadTimeout("slow"), TimedOut())
NO_LINE = break_with(httpx.ConnectError("no route"), NetworkError("httpx.ConnectError"))
REFUSED = BadRequest("message text is empty")


@pytest.mark.parametrize(
    ("endpoint", "error", "tries"),
    [
        ("sendMessage", PAGE, 2),
        ("sendMessage", NO_LINE, 2),
        ("sendMessage", CUT, 1),
        ("sendMessage", SLOW, 1),
        ("editMessageText", SLOW, 2),
        ("editMessageText", CUT, 2),
        ("sendDocument", PAGE, 1),
        ("sendDocument", NO_LINE, 2),
        ("sendDocument", CUT, 1),
        ("answerCallbackQuery", CUT, 2),
        ("sendChatAction", NO_LINE, 2),
        ("sendMessage", REFUSED, 1),
    ],
)
async def test_failed_call_is_repeated_only_if_no_message_can_arrive_twice(
    endpoint: str, error: NetworkError, tries: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.delivery.rate_limiter.NETWORK_PAUSES", (0.0, 0.0))
    made: list[str] = []

    async def call() -> bool:
        made.append(endpoint)
        if len(made) == 1:
            raise error
        return True

    limiter = SharedRateLimiter(AWAY, "12345:RETRY-token")
    if tries == 2:
        assert await limiter.process_request(call, (), {}, endpoint, {"chat_id": 1001}, None)
    else:
        with pytest.raises(NetworkError):
            await limiter.process_request(call, (), {}, endpoint, {"chat_id": 1001}, None)
    assert len(made) == tries
    await limiter.shutdown()


@pytest.mark.parametrize(("asked", "waited"), [(-5, 1), (0, 1), (7, 7), (10**9, 86_400)])
def test_telegram_is_waited_for_within_bounds(asked: int, waited: float) -> None:
    assert get_seconds(RetryAfter(asked)) == waited
