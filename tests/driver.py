"""Lets a test act as people in the sandbox: send text and files, tap buttons, wait for answers."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx

from sandbox.server import SandboxServer

T = TypeVar("T")
Message = dict[str, Any]
Wanted = str | Callable[[Message], bool]
PAUSE_SECONDS = 0.05
TOKEN = "123456:TEST-token_of-the-sandbox"


class LoopThread:
    """An event loop in a thread of its own, so that a synchronous test can run servers and bots."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T], seconds: float = 30) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(seconds)

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()


@contextmanager
def open_sandbox(loop: LoopThread) -> Iterator[Sandbox]:
    """A running sandbox for the bot with ``TOKEN``, on a free port; stopped on exit."""
    server = SandboxServer(TOKEN)
    loop.run(server.start())
    sandbox = Sandbox(server.url)
    try:
        yield sandbox
    finally:
        sandbox.close()
        loop.run(server.stop())


class Sandbox:
    """The sandbox over HTTP, as the chat page uses it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = httpx.Client(base_url=url, timeout=70)

    def close(self) -> None:
        self.http.close()

    def get(self, path: str, **query: Any) -> Any:
        return read_answer(self.http.get(f"/sandbox/{path}", params=query))

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        return read_answer(self.http.post(f"/sandbox/{path}", json=body or {}))

    def person(self, name: str, language: str = "en", id: int | None = None) -> Person:
        body = {"first_name": name, "language_code": language, "id": id}
        return Person(self, self.post("people", body)["id"], name)

    def calls(self, since: int = 0) -> list[dict[str, Any]]:
        return list(self.get("calls", since=since))

    def fault(self, **rule: Any) -> int:
        return int(self.post("faults", rule)["id"])

    def clear_faults(self) -> None:
        read_answer(self.http.delete("/sandbox/faults"))

    def commands(self, language: str) -> list[dict[str, str]]:
        return list(self.get("commands", language=language))

    def reset(self) -> None:
        self.post("reset")

    def download(self, message: Message) -> bytes:
        """The bytes of a message's file, from the address that the chat page uses."""
        return self.http.get(message["file_url"]).raise_for_status().content


@dataclass
class Person:
    """A person and their chat with the bot. Methods that send return the id of the new message."""

    sandbox: Sandbox
    id: int
    name: str

    def say(self, text: str, reply_to: int | None = None) -> int:
        return int(self._post("messages", {"text": text, "reply_to_message_id": reply_to})["message_id"])

    def send_kind(self, kind: str) -> int:
        """Send a photo, voice, video, sticker or location with a placeholder as content."""
        return int(self._post("messages", {"kind": kind})["message_id"])

    def send_file(
        self,
        content: Path | bytes,
        name: str | None = "",
        caption: str | None = None,
        announced_size: int | None = None,
        mime_type: str | None = None,
        media_group_id: str | None = None,
        kind: str = "document",
    ) -> int:
        """Send a file. An empty name takes that of the path; None sends the file without a name.

        ``announced_size`` (bytes) is reported to the bot in place of the real size; ``kind`` is document, video or
        animation.
        """
        if isinstance(content, Path):
            name, content = name or content.name, content.read_bytes()
        fields = {"kind": kind, "caption": caption, "mime_type": mime_type, "media_group_id": media_group_id}
        form = {key: value for key, value in fields.items() if value is not None}
        if announced_size is not None:
            form["announced_size"] = str(announced_size)
        url = f"/sandbox/people/{self.id}/messages"
        return int(read_answer(self.sandbox.http.post(url, data=form, files={"file": (name, content)}))["message_id"])

    def change(self, message_id: int, text: str) -> None:
        """Edit a message that this person sent."""
        self._post("edits", {"message_id": message_id, "text": text})

    def tap(self, wanted: str, message: Message | None = None) -> dict[str, Any] | None:
        """Tap the newest button whose label contains ``wanted`` or whose data equals it; returns the bot's answer."""
        for candidate in [message] if message else reversed(self.messages()):
            for button in list_buttons(candidate):
                data = button.get("callback_data")
                if data and (wanted in button["text"] or wanted == data):
                    return self.forge_tap(candidate["message_id"], data)
        raise AssertionError(f"{self.name} sees no button {wanted!r}\n{self.describe()}")

    def forge_tap(self, message_id: int, data: str) -> dict[str, Any] | None:
        """Send a tap with any data, whether or not the message has such a button."""
        answer = self._post("taps", {"message_id": message_id, "data": data})["answer"]
        return None if answer is None else dict(answer)

    def block(self) -> None:
        self._post("block", {})

    def unblock(self) -> None:
        self._post("unblock", {})

    def messages(self) -> list[Message]:
        return list(self.sandbox.get(f"people/{self.id}/messages"))

    def last_bot_message(self) -> Message:
        message = next((message for message in reversed(self.messages()) if not message["out"]), None)
        assert message is not None, f"the bot has not written to {self.name}\n{self.describe()}"
        return message

    def buttons(self, message: Message) -> list[str]:
        return [button["text"] for button in list_buttons(message)]

    def transcript(self, since: int = 0) -> list[dict[str, Any]]:
        return list(self.sandbox.get(f"people/{self.id}/transcript", since=since))

    def wait_for(self, wanted: Wanted, timeout: float = 60.0, after: int = 0) -> Message:
        """The newest message of the bot with an id above ``after`` that contains (or fulfils) ``wanted``.

        An ``AssertionError`` shows the chat where there is none within ``timeout`` seconds.
        """
        deadline = time.monotonic() + timeout
        while True:
            for message in reversed(self.messages()):
                if not message["out"] and message["message_id"] > after and matches(message, wanted):
                    return message
            if time.monotonic() > deadline:
                raise AssertionError(f"{self.name} waited {timeout} s for {wanted!r}\n{self.describe()}")
            time.sleep(PAUSE_SECONDS)

    def describe(self) -> str:
        """All events of the chat, one on each line."""
        return "\n".join(describe_event(event) for event in self.transcript())

    def _post(self, what: str, body: dict[str, Any]) -> dict[str, Any]:
        return dict(self.sandbox.post(f"people/{self.id}/{what}", body))


def read_answer(response: httpx.Response) -> Any:
    """The JSON of the answer; an ``AssertionError`` with the sandbox's sentence where it refused."""
    assert response.is_success, f"{response.request.method} {response.request.url}: {response.text}"
    return response.json()


def matches(message: Message, wanted: Wanted) -> bool:
    return wanted(message) if callable(wanted) else wanted in read(message)


def read(message: Message) -> str:
    return str(message.get("text") or message.get("caption") or "")


def list_buttons(message: Message) -> list[dict[str, Any]]:
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return [button for row in rows for button in row]


def describe_event(event: dict[str, Any]) -> str:
    message = event.get("message")
    if message is None:
        facts = {key: value for key, value in event.items() if key not in {"seq", "at", "kind"}}
        return f"{event['seq']} {event['kind']} {facts}"
    side, labels = "me" if message["out"] else "bot", [button["text"] for button in list_buttons(message)]
    name = message.get("document", {}).get("file_name", "")
    return f"{event['seq']} {event['kind']} #{message['message_id']} {side}: {name} {read(message)!r} {labels or ''}"
