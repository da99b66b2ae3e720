"""The routes of the chat page, which tests use to act as a person."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.server import SandboxServer
from tests.driver import TOKEN, LoopThread, Person, Sandbox, open_sandbox


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    loop = LoopThread()
    with open_sandbox(loop) as opened:
        yield opened
    loop.close()


@pytest.fixture
def alice(sandbox: Sandbox) -> Person:
    return sandbox.person("Alice")


def call(sandbox: Sandbox, method: str, **values: Any) -> Any:
    return httpx.post(f"{sandbox.url}/bot{TOKEN}/{method}", json=values).json()["result"]


def test_a_person_is_created_once_and_can_be_renamed(sandbox: Sandbox) -> None:
    assert sandbox.person("Alice", id=42).id == 42
    sandbox.person("Alicia", "it", id=42)
    bob = sandbox.person("Bob")
    assert sandbox.get("people") == [
        {"id": 42, "is_bot": False, "first_name": "Alicia", "language_code": "it"},
        {"id": bob.id, "is_bot": False, "first_name": "Bob", "language_code": "en"},
    ]


def test_a_text_reaches_the_bot_with_entities_and_reply(sandbox: Sandbox, alice: Person) -> None:
    first = alice.say("/start now")
    alice.say("and?", reply_to=first)
    start, answer = (update["message"] for update in call(sandbox, "getUpdates"))
    assert start["entities"] == [{"type": "bot_command", "offset": 0, "length": 6}]
    assert start["from"]["id"] == start["chat"]["id"] == alice.id
    assert answer["reply_to_message"]["text"] == "/start now"


@pytest.mark.parametrize(
    "name",
    [
        "a.pdf",
        "../../etc/passwd.pdf",
        "x" * 300 + ".pdf",
        "🎈" * 80,
        " . ",
        'quo"te.txt',
        r"back\slash.txt",
        "/abs.txt",
    ],
)
def test_any_file_name_reaches_the_bot_unchanged(name: str, sandbox: Sandbox, alice: Person) -> None:
    alice.send_file(b"content", name, caption="c", mime_type="application/pdf")
    [update] = call(sandbox, "getUpdates")
    document = update["message"]["document"]
    assert (document["file_name"], document["mime_type"], document["file_size"]) == (name, "application/pdf", 7)
    assert update["message"]["caption"] == "c"
    assert sandbox.download(alice.messages()[0]) == b"content"


def test_an_empty_document_without_a_name_reaches_the_bot(sandbox: Sandbox, alice: Person) -> None:
    alice.send_file(b"", None)
    [update] = call(sandbox, "getUpdates")
    assert "file_name" not in update["message"]["document"]
    assert update["message"]["document"]["file_size"] == 0


def test_the_same_bytes_have_the_same_unique_id(alice: Person, tmp_path: Path) -> None:
    path = tmp_path / "b.txt"
    path.write_bytes(b"same")
    alice.send_file(b"same", "a.txt")
    alice.send_file(path, media_group_id="7")
    first, second = (message["document"] for message in alice.messages())
    assert first["file_unique_id"] == second["file_unique_id"] and first["file_id"] != second["file_id"]
    assert second["file_name"] == "b.txt" and alice.messages()[1]["media_group_id"] == "7"


@pytest.mark.parametrize("kind", ["photo", "voice", "video", "sticker", "location"])
def test_every_other_kind_of_message_reaches_the_bot(kind: str, sandbox: Sandbox, alice: Person) -> None:
    alice.send_kind(kind)
    [update] = call(sandbox, "getUpdates")
    assert kind in update["message"]


def test_a_tap_waits_for_the_bots_answer(sandbox: Sandbox, alice: Person) -> None:
    number = call(sandbox, "sendMessage", chat_id=alice.id, text="x")["message_id"]
    answers: list[dict[str, Any] | None] = []
    tapping = threading.Thread(target=lambda: answers.append(alice.forge_tap(number, "forged")))
    tapping.start()
    query = call(sandbox, "getUpdates", timeout=10)[0]["callback_query"]
    assert (query["data"], query["message"]["message_id"]) == ("forged", number)
    call(sandbox, "answerCallbackQuery", callback_query_id=query["id"], text="seen", show_alert=True)
    tapping.join(10)
    assert answers == [{"text": "seen", "show_alert": True}]


def test_a_tap_without_an_answer_ends_after_the_wait(sandbox: Sandbox, alice: Person) -> None:
    number = call(sandbox, "sendMessage", chat_id=alice.id, text="x")["message_id"]
    body = {"message_id": number, "data": "d"}
    assert httpx.post(f"{sandbox.url}/sandbox/people/{alice.id}/taps?wait=0", json=body).json() == {"answer": None}


def test_the_bot_gets_one_update_when_it_is_blocked_and_one_when_unblocked(sandbox: Sandbox, alice: Person) -> None:
    alice.block()
    alice.block()
    alice.unblock()
    changes = [update["my_chat_member"]["new_chat_member"]["status"] for update in call(sandbox, "getUpdates")]
    assert changes == ["kicked", "member"]


def test_the_transcript_keeps_every_edit(sandbox: Sandbox, alice: Person) -> None:
    number = call(sandbox, "sendMessage", chat_id=alice.id, text="0 %")["message_id"]
    for text in ("50 %", "100 %"):
        call(sandbox, "editMessageText", chat_id=alice.id, message_id=number, text=text)
    call(sandbox, "deleteMessage", chat_id=alice.id, message_id=number)
    events = alice.transcript()
    assert [event["kind"] for event in events] == ["message", "edit", "edit", "delete"]
    assert [event["message"]["text"] for event in events[:3]] == ["0 %", "50 %", "100 %"]
    assert [event["message"]["edits"] for event in events[:3]] == [0, 1, 2]
    assert alice.transcript(since=events[1]["seq"]) == events[2:]
    assert alice.messages() == []


def test_a_draft_is_an_event_and_not_a_message(sandbox: Sandbox, alice: Person) -> None:
    call(sandbox, "sendMessageDraft", chat_id=alice.id, draft_id=5, text="so <b>far</b>", parse_mode="HTML")
    [draft] = alice.transcript()
    assert (draft["kind"], draft["draft_id"], draft["text"], draft["html"]) == ("draft", 5, "so far", "so <b>far</b>")
    assert alice.messages() == []


def read_events(response: httpx.Response, count: int) -> list[dict[str, Any]]:
    lines = (line.removeprefix("data: ") for line in response.iter_lines() if line.startswith("data: "))
    return [json.loads(next(lines)) for _ in range(count)]


def test_the_event_stream_continues_after_the_last_event_seen(sandbox: Sandbox, alice: Person) -> None:
    alice.say("one")
    alice.say("two")
    url = f"{sandbox.url}/sandbox/people/{alice.id}/events"
    seen = alice.transcript()[0]["seq"]
    with httpx.stream("GET", url, headers={"Last-Event-ID": str(seen)}, timeout=10) as response:
        alice.say("three")
        assert [event["message"]["text"] for event in read_events(response, 2)] == ["two", "three"]


def test_an_event_stream_without_events_connects_at_once(sandbox: Sandbox, alice: Person) -> None:
    with httpx.stream("GET", f"{sandbox.url}/sandbox/people/{alice.id}/events", timeout=10) as response:
        assert response.headers["Content-Type"] == "text/event-stream"
        assert next(response.iter_lines()).startswith(":")


def test_the_event_stream_ends_at_a_reset(sandbox: Sandbox, alice: Person) -> None:
    with httpx.stream("GET", f"{sandbox.url}/sandbox/people/{alice.id}/events", timeout=10) as response:
        sandbox.reset()
        assert [line for line in response.iter_lines() if line.startswith("data")] == []
    assert sandbox.get("people") == []


def test_a_reset_keeps_the_bots_commands(sandbox: Sandbox, alice: Person) -> None:
    call(sandbox, "setMyCommands", commands=[{"command": "help", "description": "Help"}])
    alice.say("hello")
    sandbox.reset()
    assert call(sandbox, "getUpdates") == []
    assert sandbox.commands("en") == [{"command": "help", "description": "Help"}]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("people", {}),
        ("people", {"first_name": "x", "id": "seven"}),
        ("people", {"first_name": "x", "id": 123456}),
        ("people/9/messages", {"text": "x"}),
        ("people/1001/messages", {"text": " "}),
        ("people/1001/messages", {"text": "x" * 4097}),
        ("people/1001/messages", {"text": "x", "reply_to_message_id": 5}),
        ("people/1001/messages", {"kind": "opera"}),
        ("people/1001/edits", {"message_id": 5, "text": "x"}),
        ("people/1001/taps", {"message_id": 5, "data": "x"}),
        ("people/1001/taps?wait=long", {"message_id": 5, "data": "x"}),
        ("faults", {"metod": "x"}),
        ("faults", {"times": "often"}),
    ],
)
def test_bad_input_is_refused_with_a_sentence(path: str, body: dict[str, Any], sandbox: Sandbox, alice: Person) -> None:
    assert alice.id == 1001
    answer = httpx.post(f"{sandbox.url}/sandbox/{path}", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"].endswith(".")


def test_a_person_who_blocked_the_bot_cannot_write(alice: Person) -> None:
    alice.block()
    with pytest.raises(AssertionError, match="has blocked the bot"):
        alice.say("x")


@pytest.mark.parametrize("path", ["/", "/sandbox/people", f"/bot{TOKEN}/getMe"])
def test_a_foreign_host_name_is_refused(path: str, sandbox: Sandbox) -> None:
    assert httpx.get(sandbox.url + path, headers={"Host": "evil.example"}).status_code == 403
    assert httpx.get(sandbox.url + path, headers={"Host": "localhost:80"}).status_code == 200


def test_other_sites_can_link_to_the_page_and_do_nothing_else(sandbox: Sandbox) -> None:
    body = {"first_name": "Mallory"}
    for origin in ("http://evil.example", "http://127.0.0.1:1", "null"):
        answer = httpx.post(f"{sandbox.url}/sandbox/people", json=body, headers={"Origin": origin})
        assert answer.status_code == 403
    own = httpx.post(f"{sandbox.url}/sandbox/people", json=body, headers={"Origin": sandbox.url})
    assert own.status_code == 200
    cross = {"Sec-Fetch-Site": "cross-site"}
    assert httpx.get(f"{sandbox.url}/bot{TOKEN}/getMe", headers=cross).status_code == 403
    assert httpx.get(f"{sandbox.url}/", headers=cross).status_code == 200


def test_a_sent_html_file_is_downloaded_and_never_shown(sandbox: Sandbox, alice: Person) -> None:
    alice.send_file(b"<script>", "a.html", mime_type="text/html")
    answer = sandbox.http.get(alice.messages()[0]["file_url"])
    assert answer.headers["Content-Disposition"] == "attachment"
    assert answer.headers["Content-Type"] == "application/octet-stream"


def test_the_chat_page_and_its_static_files_are_served(sandbox: Sandbox) -> None:
    page = sandbox.http.get("/")
    assert page.status_code == 200 and "default-src 'self'" in page.headers["Content-Security-Policy"]
    assert sandbox.http.get("/sandbox/static/chat.js").status_code == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.2", "example.org", "::", ""])
def test_a_host_that_is_not_loopback_is_refused(host: str) -> None:
    with pytest.raises(ValueError, match="loopback"):
        SandboxServer(TOKEN, host=host)


def test_starting_on_a_port_in_use_raises() -> None:
    loop = LoopThread()
    with open_sandbox(loop) as opened:
        second = SandboxServer(TOKEN, port=int(opened.url.rpartition(":")[2]))
        with pytest.raises(OSError):
            loop.run(second.start())
    loop.close()


def test_a_wait_that_times_out_shows_the_chat(alice: Person) -> None:
    alice.say("anybody?")
    with pytest.raises(AssertionError, match="anybody"):
        alice.wait_for("never", timeout=0.1)
