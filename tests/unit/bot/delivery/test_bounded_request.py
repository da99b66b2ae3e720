"""Answers of the Bot API that the library can't parse are errors of the network."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest
from telegram.error import NetworkError, RetryAfter
from telegram.request import RequestData

from bot.delivery.bounded_request import BoundedRequest
from bot.delivery.certainty import may_have_arrived

CHAT = {"id": 5, "type": "private", "first_name": "Alice"}
MESSAGE = {"message_id": 7, "date": 1_700_000_000, "chat": CHAT, "text": "hello"}
STRANGE: dict[str, Any] = {
    "true": True,
    "nothing": None,
    "a list": [MESSAGE],
    "an empty object": {},
    "a number that is a text": MESSAGE | {"message_id": "abc"},
    "a number of 70 bits": MESSAGE | {"message_id": 2**70},
    "a date after the end of time": MESSAGE | {"date": 10**20},
    "a chat that is a number": MESSAGE | {"chat": 5},
    "a chat of 65 bits": MESSAGE | {"chat": CHAT | {"id": 2**64}},
    "entities that are none": MESSAGE | {"entities": [5]},
}


def call(endpoint: str, answer: Any, status: int = 200) -> Any:
    async def post() -> Any:
        content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        transport = httpx.MockTransport(lambda _request: httpx.Response(status, content=content))
        async with BoundedRequest(10_000, httpx_kwargs={"transport": transport}) as request:
            return await request.post(f"http://telegram/bot4:token/{endpoint}", RequestData())

    return asyncio.run(post())


@pytest.mark.parametrize("endpoint", ["sendMessage", "editMessageText", "sendDocument"])
@pytest.mark.parametrize("result", STRANGE.values(), ids=STRANGE)
def test_a_message_that_is_none_may_have_arrived(endpoint: str, result: Any) -> None:
    with pytest.raises(NetworkError) as raised:
        call(endpoint, {"ok": True, "result": result})
    assert may_have_arrived(raised.value)


@pytest.mark.parametrize("content", [b"", b"<html>", b"[]", b'{"ok": true}', b"\xff", b"[" * 9000])
def test_what_is_no_answer_may_have_arrived(content: bytes) -> None:
    with pytest.raises(NetworkError) as raised:
        call("sendMessage", content)
    assert may_have_arrived(raised.value)


@pytest.mark.parametrize("wait", ["abc", [1], float("inf"), float("nan"), 10**25])
def test_a_refusal_for_a_time_that_is_none_has_not_taken_effect(wait: Any) -> None:
    with pytest.raises(NetworkError) as raised:
        call("sendMessage", {"ok": False, "error_code": 429, "parameters": {"retry_after": wait}}, 429)
    assert not may_have_arrived(raised.value)


def test_sound_answers_are_returned() -> None:
    assert call("sendMessage", {"ok": True, "result": MESSAGE}) == MESSAGE
    assert call("answerCallbackQuery", {"ok": True, "result": True}) is True
    assert call("sendChatAction", {"ok": True, "result": True}) is True
    file = {"file_id": "f", "file_unique_id": "u", "file_path": "documents/1"}
    assert call("getFile", {"ok": True, "result": file}) == file
    with pytest.raises(RetryAfter):
        call("sendMessage", {"ok": False, "error_code": 429, "parameters": {"retry_after": 3}}, 429)
