"""Reads the JSON of updates as Telegram sent it. No update, whatever is in it, keeps the others from being stored."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any

# An update with a longer text is not handled. Only its beginning is stored: a message has 4096 characters at most.
LONGEST_RAW = 1_000_000
KEPT_OF_TOO_LONG = 16_000
# Numbers with more digits can't be converted to int quickly, and Python refuses to.
MOST_DIGITS = 4_000
# Telegram's ids of updates fit into 31 bits and are positive.
LARGEST_UPDATE_ID = 2**31 - 1
SMALLEST_64, LARGEST_64 = -(2**63), 2**63 - 1
# Ordering keys of updates without a chat begin here, far below the ids of chats.
NO_CHAT = -(2**62)
TAP = "callback_query"
# A string, or a character on which the nesting depends.
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},]', re.DOTALL)
RESULT = re.compile(r'"result"\s*:\s*\[')
FOUND_ID = re.compile(r'"update_id"\s*:\s*(\d{1,10})(?!\d)')
FOUND_CHAT = re.compile(r'"(?:chat|from)"\s*:\s*\{\s*"id"\s*:\s*(-?\d{1,18})(?!\d)')


@dataclass(frozen=True, slots=True)
class Unreadable:
    """The text of an update that is no JSON, or nested too deeply; ``problem`` says which."""

    text: str
    problem: str


@dataclass(frozen=True, slots=True)
class Arrival:
    """An update as it is stored. Those with the same ``ordering_key`` (their chat) are handled in order.

    ``raw`` is JSON in ASCII, which every database stores. With a ``problem`` the update can't be handled and is stored
    as a dead letter; ``raw`` may then be cut or no JSON.
    """

    update_id: int
    ordering_key: int
    raw: str
    is_tap: bool = False
    problem: str | None = None


def read_json(text: str) -> Any:
    """Return the value in the JSON text. Raise ``ValueError`` or ``RecursionError``."""
    return json.loads(text, parse_int=read_number)


def read_number(digits: str) -> int | float:
    return int(digits) if len(digits) <= MOST_DIGITS else float(digits)


def read_answer(text: str) -> dict[str, Any]:
    """Return the answer of a Bot API method that returns a list, with ``Unreadable`` for items that can't be read.

    Raise ``ValueError`` if the whole is no such answer.
    """
    try:
        answer = read_json(text)
    except (ValueError, RecursionError):
        answer = {"ok": True, "result": [read_item(item) for item in split_result(text)]}
    if not isinstance(answer, dict):
        raise ValueError("not an answer of the Bot API")
    return answer


def read_item(text: str) -> Any:
    """Return the value in the JSON text, or ``Unreadable``."""
    try:
        return read_json(text)
    except (ValueError, RecursionError) as error:
        return Unreadable(text, f"not read: {type(error).__name__}")


def split_result(text: str) -> list[str]:
    """Return the texts of the items of the list ``result``. Raise ``ValueError`` if there is none."""
    start = RESULT.search(text)
    if start is None:
        raise ValueError("no result")
    items, depth, begin = list[str](), 0, start.end()
    for match in TOKEN.finditer(text, start.end()):
        token = match[0]
        if depth == 0 and token in {",", "]"}:
            items.append(text[begin : match.start()])
            begin = match.end()
            if token == "]":
                return [item.strip() for item in items if item.strip()]
        elif token in {"[", "{"}:
            depth += 1
        elif token in {"]", "}"}:
            depth -= 1
    raise ValueError("a result without an end")


def make_arrival(update: object) -> Arrival:
    """Return the update as it is stored, whatever it is. Never raises."""
    raw, problem = write_raw(update)
    if len(raw) > LONGEST_RAW:
        problem = problem or f"too long: {len(raw)} characters"
    update_id = find_update_id(update, raw)
    ordering_key = find_ordering_key(update, update_id)
    is_tap = isinstance(update, dict) and TAP in update
    return Arrival(update_id, ordering_key, raw[:KEPT_OF_TOO_LONG] if problem else raw, is_tap, problem)


def write_raw(update: object) -> tuple[str, str | None]:
    """Return (text in ASCII, what is wrong with it or None)."""
    if isinstance(update, Unreadable):
        return json.dumps(update.text)[1:-1], update.problem
    try:
        return json.dumps(update), None
    except (ValueError, TypeError, RecursionError) as error:
        return "", f"not written: {type(error).__name__}"


def find_update_id(update: object, raw: str) -> int:
    """Return the update's id. Without a possible one, return a negative number that depends on its text only.

    So an update without an id that Telegram sends again is stored once, too.
    """
    given: object = update.get("update_id") if isinstance(update, dict) else None
    if isinstance(update, Unreadable) and (found := FOUND_ID.search(update.text)):
        given = int(found[1])
    if isinstance(given, int) and not isinstance(given, bool) and 0 < given <= LARGEST_UPDATE_ID:
        return given
    digest = hashlib.sha256(raw.encode()).digest()
    return -1 - (int.from_bytes(digest[:8]) >> 4)


def find_ordering_key(update: object, update_id: int) -> int:
    """Return the id of the chat of an update, or of its sender if it has no chat.

    Without either it is a key of its own, so that such updates do not wait for each other.
    """
    if isinstance(update, Unreadable) and (found := FOUND_CHAT.search(update.text)):
        return int(found[1])
    for content in map(get_fields, get_fields(update).values()):
        for owner in (get_fields(content.get("message")).get("chat"), content.get("chat"), content.get("from")):
            number = get_fields(owner).get("id")
            if isinstance(number, int) and not isinstance(number, bool):
                return max(SMALLEST_64, min(LARGEST_64, number))
    return NO_CHAT - abs(update_id)


def get_fields(value: object) -> dict[str, Any]:
    """Return an object of JSON; an empty one for any other value."""
    return value if isinstance(value, dict) else {}


def find_next_offset(updates: list[Any], offset: int | None) -> int | None:
    """Return the offset that confirms the updates of one answer to Telegram, given the offset of the call.

    Telegram answers with the updates of the lowest ids from ``offset`` on. So among n updates without an id, none has
    an id below ``offset`` and the call with ``offset`` + n confirms no update that was not received.
    """
    ids = [update_id for update_id in (find_update_id(update, "") for update in updates) if update_id > 0]
    expected = [update_id for update_id in ids if offset is None or update_id >= offset]
    if expected or ids:
        return max(expected or ids) + 1
    return None if offset is None else offset + len(updates)
