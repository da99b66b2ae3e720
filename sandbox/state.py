"""What this Telegram remembers, all of it in memory but the files."""

from __future__ import annotations

import asyncio
import itertools
import re
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from sandbox.bot_api.problems import BadRequest, Blocked
from sandbox.chat_page.html import render_html
from sandbox.chat_page.news import News
from sandbox.files import FileStore
from sandbox.updates import Updates

KEPT_EVENTS = 20_000
KEPT_CALLS = 50_000
FIRST_PERSON_ID = 1001
EMPTY: tuple[object, ...] = (None, "", [], {})
FILE_KINDS = ("document", "video", "photo", "voice", "sticker")
Json = dict[str, Any]


@dataclass
class Person:
    """Someone with a private chat of the same id, and all that stands in it."""

    id: int
    first_name: str
    language_code: str
    blocked: bool = False
    messages: dict[int, Json] = field(default_factory=dict)
    edits: Counter[int] = field(default_factory=Counter)
    # What only the person's client is told: a wish for a reply, a keyboard.
    prompts: dict[int, Json] = field(default_factory=dict)
    events: list[Json] = field(default_factory=list)

    def describe(self) -> Json:
        return {"id": self.id, "is_bot": False, "first_name": self.first_name, "language_code": self.language_code}

    def describe_chat(self) -> Json:
        return {"id": self.id, "type": "private", "first_name": self.first_name}

    def has_news(self, since: int) -> bool:
        return bool(self.events) and int(self.events[-1]["seq"]) > since

    def list_events(self, since: int) -> list[Json]:
        return [event for event in self.events if event["seq"] > since]


@dataclass
class Query:
    """A tap that waits for its answer."""

    id: str
    person: Person
    answered: asyncio.Future[Json]
    born: float = field(default_factory=time.monotonic)


class State:
    """Everything on one event loop, so nothing is locked."""

    def __init__(self, bot_id: int) -> None:
        self.bot = {"id": bot_id, "is_bot": True, "first_name": "Socrate", "username": "socrate_sandbox_bot"}
        self.news = News()
        self.files = FileStore()
        self.updates = Updates(self.news)
        self.commands: dict[tuple[str, str], list[Json]] = {}
        self.texts: dict[tuple[str, str], str] = {}
        self.people: dict[int, Person] = {}
        self.calls: list[Json] = []
        self.queries: dict[str, Query] = {}
        # From the clock: a bot with a longer memory than the sandbox must not edit somebody else's message.
        self._message_ids = itertools.count(int(time.time()) - 1_700_000_000)
        self._seqs = itertools.count(1)
        self._call_seqs = itertools.count(1)

    def reset(self) -> None:
        """Forget people and all they did; the bot's own registrations and the counters stay."""
        for memory in (self.people, self.calls, self.queries, self.updates.waiting):
            memory.clear()
        self.files.clear()
        self.news.announce()

    def close(self) -> None:
        self.updates.close()

    def add_person(self, number: int | None, first_name: str, language_code: str) -> Person:
        """The person of that id with this name and language, made if need be."""
        number = number or max([FIRST_PERSON_ID - 1, *self.people]) + 1
        person = self.people.setdefault(number, Person(number, first_name, language_code))
        person.first_name, person.language_code = first_name, language_code
        return person

    def get_writable(self, chat_id: int) -> Person:
        """The chat the bot may write to; ``chat not found`` or ``blocked``."""
        person = self.people.get(chat_id)
        if person is None:
            raise BadRequest("chat not found")
        if person.blocked:
            raise Blocked
        return person

    def add_message(self, person: Person, author: Json, *, prompt: Json | None = None, **content: Any) -> Json:
        """A new message in the person's chat; empty content is left out."""
        number = next(self._message_ids)
        basic = {"message_id": number, "date": int(time.time()), "chat": person.describe_chat(), "from": author}
        message = basic | {key: value for key, value in content.items() if value not in EMPTY}
        person.messages[number] = message
        if prompt:
            person.prompts[number] = prompt
        self.note(person, "message", message=self.show(person, message))
        return message

    def change_message(self, person: Person, message: Json, **content: Any) -> None:
        """Put new content in; an empty value takes the field away."""
        for key, value in content.items():
            message.pop(key, None)
            if value not in EMPTY:
                message[key] = value
        message["edit_date"] = int(time.time())
        person.edits[message["message_id"]] += 1
        self.note(person, "edit", message=self.show(person, message))

    def delete_message(self, person: Person, message_id: int) -> bool:
        if person.messages.pop(message_id, None) is None:
            return False
        self.note(person, "delete", message_id=message_id)
        return True

    def note(self, person: Person, kind: str, **facts: Any) -> None:
        person.events.append({"seq": next(self._seqs), "at": time.time(), "kind": kind} | facts)
        del person.events[:-KEPT_EVENTS]
        self.news.announce()

    def note_call(self, method: str, chat_id: int | None, error: int | None, text: str | None) -> None:
        call = {"seq": next(self._call_seqs), "at": time.time(), "method": method, "chat_id": chat_id}
        self.calls.append(call | {"ok": error is None, "error_code": error} | ({} if text is None else {"text": text}))
        del self.calls[:-KEPT_CALLS]

    def show(self, person: Person, message: Json) -> Json:
        """The message as its reader sees it: with HTML, side, number of edits, address of its file."""
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
            shown["file_url"] = f"/sandbox/files/{file['file_id']}/{make_address_name(file.get('file_name', kind))}"
        return shown


def make_address_name(name: str) -> str:
    """A name fit for an address; the file is found by its id alone."""
    return quote(re.sub(r"[^\w.-]", "_", name[-80:]).strip(".") or "file")
