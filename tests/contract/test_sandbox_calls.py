"""The Bot API over plain HTTP: every encoding, and requests that no client library would send."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.driver import TOKEN, LoopThread, Sandbox, open_sandbox

MARKUP = {"inline_keyboard": [[{"text": "x", "callback_data": "y"}]]}
Send = Callable[[str, dict[str, Any]], httpx.Response]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    loop = LoopThread()
    with open_sandbox(loop) as opened:
        yield opened
    loop.close()


def call(sandbox: Sandbox, method: str, **values: Any) -> httpx.Response:
    return httpx.post(f"{sandbox.url}/bot{TOKEN}/{method}", json=values)


def as_text(values: dict[str, Any]) -> dict[str, str]:
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in values.items()}


ENCODINGS: dict[str, Send] = {
    "query": lambda url, values: httpx.get(url, params=as_text(values)),
    "urlencoded": lambda url, values: httpx.post(url, data=as_text(values)),
    "multipart": lambda url, values: httpx.post(url, files={key: (None, v) for key, v in as_text(values).items()}),
    "json": lambda url, values: httpx.post(url, json=values),
}


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_all_four_encodings_give_the_same_result(encoding: str, sandbox: Sandbox) -> None:
    alice = sandbox.person("Alice")
    asked = alice.say("?")
    values = {
        "chat_id": alice.id,
        "text": "<b>[1] 🎈</b>",
        "parse_mode": "HTML",
        "reply_markup": MARKUP,
        "reply_parameters": {"message_id": asked},
        "link_preview_options": {"is_disabled": True},
    }
    answer = ENCODINGS[encoding](f"{sandbox.url}/bot{TOKEN}/SENDmessage", values)
    assert answer.status_code == 200, answer.text
    message = answer.json()["result"]
    assert (message["text"], message["reply_markup"]) == ("[1] 🎈", MARKUP)
    assert message["reply_to_message"]["message_id"] == asked
    assert message["link_preview_options"] == {"is_disabled": True}


@pytest.mark.parametrize("parts", [{"document": ("a.txt", b"hi")}, {"any": ("a.txt", b"hi")}], ids=["plain", "attach"])
def test_files_are_taken_from_plain_and_attached_parts(parts: dict[str, tuple[str, bytes]], sandbox: Sandbox) -> None:
    alice = sandbox.person("Alice")
    data = {"chat_id": str(alice.id)} | ({"document": "attach://any"} if "any" in parts else {})
    answer = httpx.post(f"{sandbox.url}/bot{TOKEN}/sendDocument", data=data, files=parts).json()
    assert answer["result"]["document"]["file_name"] == "a.txt"
    assert sandbox.download(alice.last_bot_message()) == b"hi"


def test_the_http_status_is_the_error_code(sandbox: Sandbox) -> None:
    answer = call(sandbox, "sendMessage", chat_id=404, text="x")
    assert answer.status_code == 400
    assert answer.json() == {"ok": False, "error_code": 400, "description": "Bad Request: chat not found"}
    assert call(sandbox, "noSuchMethod").status_code == 404
    assert httpx.get(f"{sandbox.url}/bot1:other/getMe").json()["description"] == "Unauthorized"


@pytest.mark.parametrize(
    ("method", "values", "reason"),
    [
        ("sendMessage", {"text": "x"}, "chat_id is empty"),
        ("sendMessage", {"chat_id": "@name", "text": "x"}, "chat not found"),
        ("sendMessage", {"chat_id": 7, "text": "x", "reply_markup": "{"}, "can't parse reply_markup JSON object"),
        ("sendMessage", {"chat_id": 7, "text": "x", "parse_mode": "MarkdownV2"}, "unsupported parse_mode"),
        ("sendMessage", {"chat_id": 7, "text": "x\ud800"}, "strings must be encoded in UTF-8"),
        ("sendMessage", {"chat_id": 7, "text": "x", "reply_parameters": {"message_id": 1}}, "replied not found"),
        ("sendMessage", {"chat_id": 7, "text": "x", "reply_markup": {"inline_keyboard": [{}]}}, "Array of Arrays"),
        ("sendMessage", {"chat_id": 7, "text": "x", "reply_markup": {"inline_keyboard": [[{"text": "x"}]]}}, "unallow"),
        ("sendDocument", {"chat_id": 7}, "there is no document in the request"),
        ("sendMediaGroup", {"chat_id": 7, "media": []}, "2-10 items"),
        ("sendChatAction", {"chat_id": 7, "action": "dancing"}, "wrong parameter action"),
        ("deleteMessages", {"chat_id": 7, "message_ids": []}, "1-100 message identifiers"),
        ("deleteMessages", {"chat_id": 7, "message_ids": ["x"]}, "1-100 message identifiers"),
        ("sendMessage", {"chat_id": 7, "text": "x", "reply_parameters": {"message_id": "x"}}, "must be an integer"),
        ("setMyCommands", {"commands": [{"command": "Übel", "description": "x"}]}, "BOT_COMMAND_INVALID"),
        ("setMyCommands", {"commands": [], "language_code": "italian"}, "invalid language code"),
        ("setWebhook", {"url": "https://example.org/"}, "loopback addresses only"),
        ("answerCallbackQuery", {"callback_query_id": "1", "text": "x" * 201}, "MESSAGE_TOO_LONG"),
    ],
)
def test_a_bad_call_is_refused_with_a_reason(
    method: str, values: dict[str, Any], reason: str, sandbox: Sandbox
) -> None:
    sandbox.person("Alice", id=7)
    body = json.dumps(values)
    answer = httpx.post(
        f"{sandbox.url}/bot{TOKEN}/{method}", content=body, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 400
    assert reason in answer.json()["description"]


def test_a_broken_body_is_refused(sandbox: Sandbox) -> None:
    url, headers = f"{sandbox.url}/bot{TOKEN}/getMe", {"Content-Type": "application/json"}
    assert "can't parse" in httpx.post(url, content="{", headers=headers).json()["description"]
    assert "expected an Object" in httpx.post(url, content="[]", headers=headers).json()["description"]


def test_calls_are_recorded_with_their_outcome(sandbox: Sandbox) -> None:
    alice = sandbox.person("Alice")
    call(sandbox, "sendmessage", chat_id=alice.id, text="x")
    call(sandbox, "editMessageText", chat_id=alice.id, message_id=1, text="y")
    sandbox.fault(method="getMe", html="<html>", times=1)
    call(sandbox, "getMe")
    recorded = [(entry["method"], entry["chat_id"], entry["ok"], entry["error_code"]) for entry in sandbox.calls()]
    assert recorded == [
        ("sendMessage", alice.id, True, None),
        ("editMessageText", alice.id, False, 400),
        ("getMe", None, False, 502),
    ]
    assert sandbox.calls()[1]["text"] == "y" and "text" not in sandbox.calls()[2]
    assert [entry["seq"] for entry in sandbox.calls(since=2)] == [3]


def test_random_faults_repeat_with_the_same_seed(sandbox: Sandbox) -> None:
    def try_calls() -> list[bool]:
        sandbox.clear_faults()
        sandbox.fault(method="getMe", probability=0.5, error_code=500, seed=7)
        return [call(sandbox, "getMe").status_code == 200 for _ in range(20)]

    first = try_calls()
    assert first == try_calls() and len(set(first)) == 2
    sandbox.clear_faults()
    assert call(sandbox, "getMe").status_code == 200


def test_updates_can_be_repeated_and_shuffled(sandbox: Sandbox) -> None:
    def fetch(offset: int = 0) -> list[int]:
        answer = call(sandbox, "getUpdates", offset=offset).json()["result"]
        return [update["update_id"] for update in answer]

    alice = sandbox.person("Alice")
    for text in "abcdefgh":
        alice.say(text)
    sandbox.fault(method="getUpdates", times=1, shuffled=True, seed=1)
    shuffled = fetch()
    first = min(shuffled)
    assert shuffled != sorted(shuffled) == list(range(first, first + 8))
    sandbox.fault(method="getUpdates", times=1, repeated=True)
    repeated = fetch(first + 7)
    assert len(repeated) == 5 and repeated[-2:] == [first + 7] * 2, "three earlier ones, and the last one twice"
    assert min(repeated) < first + 7
    assert fetch(first + 8) == []


def test_a_download_can_be_given_a_fault(sandbox: Sandbox) -> None:
    alice = sandbox.person("Alice")
    alice.send_file(b"content", "a.pdf")
    file_id = alice.messages()[0]["document"]["file_id"]
    path = call(sandbox, "getFile", file_id=file_id).json()["result"]["file_path"]
    url = f"{sandbox.url}/file/bot{TOKEN}/{path}"
    sandbox.fault(method="download", times=1, error_code=500)
    assert httpx.get(url).status_code == 500
    assert httpx.get(url).content == b"content"
    assert httpx.get(f"{sandbox.url}/file/bot1:other/{path}").status_code == 401
    assert httpx.get(f"{sandbox.url}/file/bot{TOKEN}/documents/other.pdf").status_code == 404
