"""Only files that the Bot API server serves are downloaded, and no more of them than is allowed."""

from __future__ import annotations

import asyncio
import gzip

import httpx
import pytest

from bot.delivery.bounded_request import AnswerTooLong, BoundedRequest
from bot.handlers.upload import is_served

TOKEN = "4:token"


OTHERS = (
    "",
    ".env",
    "/etc/passwd",
    "../4:token/x",
    "4:token/x",
    "/data/4:token/../../etc/shadow",
    "/proc/self/environ",
)


@pytest.mark.parametrize("path", OTHERS)
def test_no_other_file_of_the_machine_is_read(path: str) -> None:
    assert not is_served(path, TOKEN)


async def retrieve(content: bytes, limit: int, headers: dict[str, str] | None = None) -> bytes:
    async def answer(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers=headers, stream=httpx.ByteStream(content))

    request = BoundedRequest(limit, httpx_kwargs={"transport": httpx.MockTransport(answer)})
    async with request:
        return await request.retrieve("http://telegram/file")


def test_a_file_within_the_limit_is_read() -> None:
    assert asyncio.run(retrieve(b"x" * 1000, 1000)) == b"x" * 1000


def test_a_longer_one_is_not() -> None:
    with pytest.raises(AnswerTooLong):
        asyncio.run(retrieve(b"x" * 1001, 1000))


def test_a_small_file_that_unpacks_to_a_large_one_stays_small() -> None:
    packed = gzip.compress(b"x" * 1_000_000)
    assert asyncio.run(retrieve(packed, 10_000, {"Content-Encoding": "gzip"})) == packed
