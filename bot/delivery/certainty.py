"""Decides whether a failed call to Telegram may have taken effect, and whether to repeat it."""

from __future__ import annotations

import httpx
from telegram.error import BadRequest, NetworkError

NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)

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
