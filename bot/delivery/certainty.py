"""Decides what an error of Telegram means: whether the call may have taken effect, and whether to repeat it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
from telegram.error import BadRequest, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError
from telegram.ext import ExtBot

from processing.delivery import Delivery, DeliveryState

NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)

# What Telegram's documentation says if a bot can't write to a person (in lower case).
GONE = (
    "bot was blocked by the user",
    "user is deactivated",
    "bot was kicked",
    "bot is not a member",
    "bot can't initiate conversation",
    "chat not found",
)
LATER_SECONDS = 5.0
# Telegram never asks to wait for less, and it has been seen to ask for some hours.
SHORTEST_FLOOD_SECONDS, LONGEST_FLOOD_SECONDS = 1.0, 24 * 3600.0
# An edit, the answer to a tap and the "sending a file" note have the same effect if they are made twice.
IDEMPOTENT = ("edit", "answer", "sendChatAction")


def was_never_sent(error: Exception) -> bool:
    """Return True if no connection could be made, so that Telegram can't have received the call."""
    return isinstance(error, NetworkError) and isinstance(error.__cause__, NEVER_SENT)


def may_have_arrived(error: NetworkError) -> bool:
    """Return True if the connection broke or timed out after the call was sent.

    Return False for an error response of Telegram's servers, such as 502: the call has not taken effect.
    """
    return isinstance(error.__cause__, httpx.HTTPError) and not was_never_sent(error)


def may_repeat(endpoint: str, error: NetworkError) -> bool:
    """Return True if a failed call may be repeated.

    It is idempotent, it was never sent, or it is a ``sendMessage`` that has not taken effect. A call that Telegram
    refused with ``BadRequest`` is not repeated.
    """
    if isinstance(error, BadRequest):
        return False
    if endpoint.startswith(IDEMPOTENT) or was_never_sent(error):
        return True
    return endpoint == "sendMessage" and not may_have_arrived(error)


def is_gone(error: Exception) -> bool:
    """Return True if Telegram says that this bot can't write to the person any more. No other error means that."""
    return isinstance(error, Forbidden | BadRequest) and any(text in str(error).lower() for text in GONE)


def judge(error: TelegramError) -> Delivery:
    """Return what becomes of a message after this error: sent again after a pause, unless the person is gone."""
    problem = name_problem(error)
    match error:
        case RetryAfter():
            return Delivery(DeliveryState.FLOODED, seconds=get_seconds(error), problem=problem)
        case _ if is_gone(error):
            return Delivery(DeliveryState.UNREACHABLE, problem=problem)
        case NetworkError() if not isinstance(error, BadRequest):
            return Delivery(DeliveryState.POSTPONED, seconds=LATER_SECONDS, problem=problem)
        case _:
            return Delivery(DeliveryState.REFUSED, problem=problem)


async def is_token_refused(bot: ExtBot[Any]) -> bool:
    """Return True if Telegram refuses every call with this token, and not only the last one."""
    try:
        await bot.get_me()
    except InvalidToken:
        return True
    except TelegramError:
        return False
    return False


def name_problem(error: Exception) -> str:
    """Return the class of the error, and what Telegram says about a refused call."""
    text = f"{type(error).__name__}: {error}" if isinstance(error, BadRequest | Forbidden) else type(error).__name__
    return text[:64]


def get_seconds(flood: RetryAfter) -> float:
    """Return the seconds for which Telegram asks to wait, within the bounds that are sensible."""
    wait = flood.retry_after
    seconds = wait.total_seconds() if isinstance(wait, timedelta) else float(wait)
    return min(max(seconds, SHORTEST_FLOOD_SECONDS), LONGEST_FLOOD_SECONDS)
