"""Requests to the Bot API whose answers have a limit, because an answer without an end would use up the memory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
from telegram.error import BadRequest
from telegram.request import HTTPXRequest

# Compressed answers are not asked for: a short one may become a long text.
PLAIN = {"Accept-Encoding": "identity"}


class AnswerTooLong(BadRequest):
    """The answer is longer than was allowed. Another attempt would end the same way."""


class BoundedRequest(HTTPXRequest):
    """Reads at most ``limit`` bytes of an answer or a file. The call raises ``AnswerTooLong`` for more."""

    def __init__(self, limit: int, **more: Any) -> None:
        async def bound(response: httpx.Response) -> None:
            """Called when the head of the answer has come and its content has not been read."""
            response.headers.pop("Content-Encoding", None)
            assert isinstance(response.stream, httpx.AsyncByteStream)
            response.stream = BoundedStream(response.stream, limit)

        hooks = {"event_hooks": {"response": [bound]}, "headers": PLAIN}
        super().__init__(httpx_kwargs=hooks | dict(more.pop("httpx_kwargs", {})), **more)


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
