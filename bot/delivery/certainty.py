"""What a call to Telegram that failed may have done all the same, and whether to make it again."""

from __future__ import annotations

import httpx
from telegram.error import BadRequest, NetworkError

NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)

# An edit, the answer to a tap, the note that something is being sent: made twice they are as if made once.
HARMLESS = ("edit", "answer", "sendChatAction")


def was_never_sent(error: Exception) -> bool:
    """True where not even a connection came about, so that nothing can have arrived."""
    return isinstance(error, NetworkError) and isinstance(error.__cause__, NEVER_SENT)


def may_have_arrived(error: NetworkError) -> bool:
    """True where the line was cut or too slow; an error page of Telegram's own (502) says that nothing was done."""
    return isinstance(error.__cause__, httpx.HTTPError) and not was_never_sent(error)


def may_repeat(endpoint: str, error: NetworkError) -> bool:
    """What changes nothing the second time may be made twice; anything goes out again that never left."""
    if isinstance(error, BadRequest):
        return False
    if endpoint.startswith(HARMLESS) or was_never_sent(error):
        return True
    return endpoint == "sendMessage" and not may_have_arrived(error)
