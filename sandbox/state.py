"""The sandbox's data except fault rules: people, chats, files, updates, and the bot's calls, commands and texts."""

from __future__ import annotations

import asyncio
import itertools
import re
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from sandbox.changes import Changes
from sandbox.errors import BadRequest, BotBlocked
from sandbox.files import FileStore
from sandbox.html import render_html
from sandbox.updates import Updates

KEPT_EVENTS = 20_000
KEPT_CALLS = 50_000
FIRST_PERSON_ID = 1001
EMPTY: tuple[object, ...] = (None, "", [], {})
FILE_KINDS = ("document", "video", "photo", "voice", "sticker")
Json = dict[str, Any]


@dataclass
class Person:
    """A person and their private chat with the bot, which has the same id.

    ``events`` is the transcript: the last ``KEPT_EVENTS`` messages, edits, deletions and notices in order, each with a
    ``seq`` that grows.
    """

    id: int
    first_name: str
    language_code: str
    blocked: bool = False
    messages: dict[int, Json] = field(default_factory=dict)
    edits: Counter[int] = field(default_factory=Counter)
    # Reply markup that only the person's client uses (ForceReply, a keyboard), by message id.
    prompts: dict[int, Json] = field(default_factory=dict)
    events: list[Json] = field(default_factory=list)

    def describe(self) -> Json:
        """Return the person as a ``User`` of the Bot API."""
        return {"id": self.id, "is_bot": False, "first_name": self.first_name, "language_code": self.language_code}

    def describe_chat(self) -> Json:
        """Return the chat as a ``Chat`` of the Bot API."""
        return {"id": self.id, "type": "private", "first_name": self.first_name}

    def has_events(self, since: int) -> bool:
        return bool(self.events) and int(self.events[-1]["seq"]) > since

    def list_events(self, since: int) -> list[Json]:
        """Return the events whose ``seq`` is above ``since``, oldest first."""
        return [event for event in self.events if event["seq"] > since]


@dataclass
class CallbackQuery:
    """A tap on an inline button; ``answer`` is set when the bot calls answerCallbackQuery."""

    id: str
    person: Person
    answer: asyncio.Future[Json]
    created: float = field(default_factory=time.monotonic)


class State:
    """The sandbox's data. It is used from one event loop only, so there are no locks."""

    def __init__(self, bot_id: int) -> None:
        self.bot = {"id": bot_id, "is_bot": True, "first_name": "Socrate", "username": "socrate_sandbox_bot"}
        self.changes = Changes()
        self.files = FileStore()
        self.updates = Updates(self.changes)
        # The key is scope and language.
        self.commands: dict[tuple[str, str], list[Json]] = {}
        # The bot's name and descriptions. The key is the field and the language.
        self.texts: dict[tuple[str, str], str] = {}
        self.people: dict[int, Person] = {}
        self.calls: list[Json] = []
        self.queries: dict[str, CallbackQuery] = {}
        # The first id depends on the time, so that ids of this run differ from those of earlier runs: a bot that
        # remembers a message of an earlier run must not edit another one.
        self._message_ids = itertools.count(int(time.time()) - 1_700_000_000)
        self._seqs = itertools.count(1)
        self._call_seqs = itertools.count(1)

    def reset(self) -> None:
        """Delete people, chats, files, calls and pending updates. The bot's commands, texts and webhook stay."""
        for memory in (self.people, self.calls, self.queries, self.updates.pending):
            memory.clear()
        self.files.clear()
        self.changes.announce()

    def close(self) -> None:
        self.updates.close()

    def add_person(self, number: int | None, first_name: str, language_code: str) -> Person:
        """Create the person with this id, or change their name and language. None chooses an id above all others."""
        number = number or max([FIRST_PERSON_ID - 1, *self.people]) + 1
        person = self.people.setdefault(number, Person(number, first_name, language_code))
        person.first_name, person.language_code = first_name, language_code
        return person

    def get_writable(self, chat_id: int) -> Person:
        """Return the person with this chat. Raise ``BadRequest`` if there is none, or ``BotBlocked``."""
        person = self.people.get(chat_id)
        if person is None:
            raise BadRequest("chat not found")
        if person.blocked:
            raise BotBlocked
        return person

    def add_message(self, person: Person, author: Json, *, prompt: Json | None = None, **content: Any) -> Json:
        """Add a message to the person's chat and return it as the Bot API describes it, without empty fields.

        ``prompt`` is reply markup for the person's client, which the Bot API does not return.
        """
        number = next(self._message_ids)
        basic = {"message_id": number, "date": int(time.time()), "chat": person.describe_chat(), "from": author}
        message = basic | {key: value for key, value in content.items() if value not in EMPTY}
        person.messages[number] = message
        if prompt:
            person.prompts[number] = prompt
        self.record_event(person, "message", message=self.describe_message(person, message))
        return message

    def change_message(self, person: Person, message: Json, **content: Any) -> None:
        """Replace the fields of ``message`` that are in ``content``. An empty value removes the field."""
        for key, value in content.items():
            message.pop(key, None)
            if value not in EMPTY:
                message[key] = value
        message["edit_date"] = int(time.time())
        person.edits[message["message_id"]] += 1
        self.record_event(person, "edit", message=self.describe_message(person, message))

    def delete_message(self, person: Person, message_id: int) -> bool:
        """Delete a message. Return whether there was one with this id."""
        if person.messages.pop(message_id, None) is None:
            return False
        self.record_event(person, "delete", message_id=message_id)
        return True

    def record_event(self, person: Person, kind: str, **facts: Any) -> None:
        person.events.append({"seq": next(self._seqs), "at": time.time(), "kind": kind} | facts)
        del person.events[:-KEPT_EVENTS]
        self.changes.announce()

    def record_call(self, method: str, chat_id: int | None, error: int | None, text: str | None) -> None:
        """Keep a call of the bot for ``GET /sandbox/calls``. ``error`` is the error code of its answer, or None."""
        call = {"seq": next(self._call_seqs), "at": time.time(), "method": method, "chat_id": chat_id}
        self.calls.append(call | {"ok": error is None, "error_code": error} | ({} if text is None else {"text": text}))
        del self.calls[:-KEPT_CALLS]

    def describe_message(self, person: Person, message: Json) -> Json:
        """Return the message with more fields for the chat page.

        These are ``html``, ``out`` (the person wrote it), ``edits`` (their number), ``prompt`` and ``file_url``.
        """
        text: str = message.get("text") or message.get("caption") or ""
        entities: list[Json] = message.get("entities") or message.get("caption_entities") or []
        number = message["message_id"]
        shown = message | {
            "html": render_html(text, entities),
            "out": message["from"]["id"] == person.id,
            "edits": person.edits[number],
        }
        if number in person.prompts:
            shown["prompt"] = person.prompts[number]
        kind = next((kind for kind in FILE_KINDS if kind in message), None)
        if kind:
            file = message[kind][-1] if kind == "photo" else message[kind]
            shown["file_url"] = f"/sandbox/files/{file['file_id']}/{render_url_name(file.get('file_name', kind))}"
        return shown


def render_url_name(name: str) -> str:
    """Return a file name that is safe in a URL. People read it there; the server finds the file by its id."""
    return quote(re.sub(r"[^\w.-]", "_", name[-80:]).strip(".") or "file")
