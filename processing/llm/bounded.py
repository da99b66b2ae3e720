"""HTTP clients for the ``openai`` package that read at most ``MOST_BYTES`` of an answer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import httpx2 as httpx
from openai import DefaultAsyncHttpxClient, DefaultHttpxClient

MEGABYTE = 1024**2
# An answer of a thousand tokens, each in an event of its own, has some 300 kB; vectors of 32 texts some 2 MB.
MOST_BYTES = 32 * MEGABYTE
# Compressed answers are not asked for: a short one may become a long text.
PLAIN = {"Accept-Encoding": "identity"}


class BoundedStream(httpx.SyncByteStream, httpx.AsyncByteStream):
    """The bytes of ``stream``; raises ``httpx.ReadError`` instead of giving more than ``MOST_BYTES``."""

    def __init__(self, stream: httpx.SyncByteStream | httpx.AsyncByteStream) -> None:
        self.stream, self.read = stream, 0

    def __iter__(self) -> Iterator[bytes]:
        assert isinstance(self.stream, httpx.SyncByteStream)
        return map(self._count, self.stream)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        assert isinstance(self.stream, httpx.AsyncByteStream)
        async for chunk in self.stream:
            yield self._count(chunk)

    def close(self) -> None:
        assert isinstance(self.stream, httpx.SyncByteStream)
        self.stream.close()

    async def aclose(self) -> None:
        assert isinstance(self.stream, httpx.AsyncByteStream)
        await self.stream.aclose()

    def _count(self, chunk: bytes) -> bytes:
        self.read += len(chunk)
        if self.read > MOST_BYTES:
            raise httpx.ReadError("the answer is too long")
        return chunk


def bound(response: httpx.Response) -> None:
    """Limit the answer. Called when its head has come and its content has not been read."""
    response.headers.pop("Content-Encoding", None)
    response.stream = BoundedStream(response.stream)


async def bound_async(response: httpx.Response) -> None:
    bound(response)


def open_bounded() -> httpx.Client:
    return DefaultHttpxClient(event_hooks={"response": [bound]}, headers=PLAIN)


def open_bounded_async() -> httpx.AsyncClient:
    return DefaultAsyncHttpxClient(event_hooks={"response": [bound_async]}, headers=PLAIN)
