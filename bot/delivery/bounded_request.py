"""Requests to the Bot API that take no answer on trust: neither its length nor its shape."""

from __future__ import annotations

import json
import math
from collections.abc import AsyncIterator
from typing import Any

import httpx
from telegram import File, Message, TelegramObject, User
from telegram.error import BadRequest, NetworkError
from telegram.request import HTTPXRequest

# Compressed answers are not asked for: a short one may become a long text.
PLAIN = {"Accept-Encoding": "identity"}
# The methods that return a message begin with these.
MESSAGES = ("send", "edit")
PARSERS: dict[str, type[TelegramObject]] = {"getFile": File, "getMe": User}
# Seconds. Telegram asks for a day at most.
LONGEST_WAIT = 2**31


class AnswerTooLong(BadRequest):
    """The answer is longer than was allowed. Another attempt would end the same way."""


class BoundedRequest(HTTPXRequest):
    """Reads at most ``limit`` bytes of an answer or a file. The call raises ``AnswerTooLong`` for more.

    It raises ``NetworkError`` for an answer that the library can't parse. If that might be a success, the error is like
    that of a broken connection: whether the call has taken effect is not known.
    """

    def __init__(self, limit: int, **more: Any) -> None:
        async def bound(response: httpx.Response) -> None:
            """Called when the head of the answer has come and its content has not been read."""
            response.headers.pop("Content-Encoding", None)
            assert isinstance(response.stream, httpx.AsyncByteStream)
            response.stream = BoundedStream(response.stream, limit)

        hooks = {"event_hooks": {"response": [bound]}, "headers": PLAIN}
        super().__init__(httpx_kwargs=hooks | dict(more.pop("httpx_kwargs", {})), **more)

    async def do_request(self, url: str, method: str, *more: Any, **named: Any) -> tuple[int, bytes]:
        """Return the status and the content of the answer."""
        status, content = await super().do_request(url, method, *more, **named)
        if method == "POST" and 200 <= status <= 299:
            try:
                check_answer(url.rpartition("/")[2], content)
            except Exception as error:
                raise NetworkError("an answer that is not understood") from httpx.DecodingError(type(error).__name__)
        elif method == "POST":
            check_refusal(content)
        return status, content


def check_answer(endpoint: str, content: bytes) -> None:
    """Raise some error if the answer of a method is none of the Bot API."""
    result = json.loads(content)["result"]
    if endpoint.startswith(MESSAGES) and endpoint != "sendChatAction":
        message = Message.de_json(result, None)
        check_id(message.message_id)
        check_id(message.chat.id)
    elif endpoint in PARSERS:
        PARSERS[endpoint].de_json(result, None)


def check_refusal(content: bytes) -> None:
    """Raise ``NetworkError`` if a refusal asks to wait for a time that is no number. It may be no JSON."""
    try:
        wait = (json.loads(content).get("parameters") or {}).get("retry_after", 0)
    except (ValueError, AttributeError):
        return
    if not isinstance(wait, int | float) or not math.isfinite(wait) or abs(wait) > LONGEST_WAIT:
        raise NetworkError("a refusal that is not understood")


def check_id(value: object) -> None:
    if not isinstance(value, int) or abs(value) >= 2**63:
        raise ValueError("id")


class BoundedStream(httpx.AsyncByteStream):
    """The bytes of ``stream``; raises ``AnswerTooLong`` instead of giving more than ``limit``."""

    def __init__(self, stream: httpx.AsyncByteStream, limit: int) -> None:
        self.stream, self.left = stream, limit

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self.stream:
            self.left -= len(chunk)
            if self.left < 0:
                raise AnswerTooLong("the answer is too long")
            yield chunk

    async def aclose(self) -> None:
        await self.stream.aclose()
