"""What the person's side shares: where state is kept, how a request is read, how it is refused."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from sandbox.faults import Faults
from sandbox.state import Json, Person, State

STATE = web.AppKey("state", State)
FAULTS = web.AppKey("faults", Faults)
LARGEST_ID = 2**52


class Mistake(web.HTTPBadRequest):
    """A request that makes no sense, with a sentence that says why."""

    def __init__(self, sentence: str) -> None:
        super().__init__(text=json.dumps({"error": sentence}), content_type="application/json")


async def read_json(request: web.Request) -> Json:
    try:
        body = json.loads(await request.read())
    except ValueError:
        raise Mistake("The body must be JSON.") from None
    if not isinstance(body, dict):
        raise Mistake("The body must be a JSON object.")
    return body


def read_number(body: Json, name: str) -> int | None:
    """A whole number that is not negative; None where it is missing."""
    value: Any = body.get(name)
    if value is None or value == "":
        return None
    try:
        number = int(value)
    except (TypeError, ValueError):
        raise Mistake(f"{name} must be a number.") from None
    if not 0 <= number < LARGEST_ID:
        raise Mistake(f"{name} is out of range.")
    return number


def read_text(body: Json, name: str) -> str:
    """A text with something in it."""
    text = body.get(name)
    if not isinstance(text, str) or not text.strip():
        raise Mistake(f"{name} is missing.")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Mistake(f"{name} is no Unicode text.") from None
    return text


def read_since(request: web.Request) -> int:
    raw = request.headers.get("Last-Event-ID") or request.query.get("since", "0")
    return int(raw) if raw.isdecimal() else 0


def get_person(request: web.Request) -> Person:
    number = request.match_info["person"]
    person = request.app[STATE].people.get(int(number)) if number.isdecimal() else None
    if person is None:
        raise Mistake("There is no such person.")
    return person


def get_message(person: Person, body: Json, name: str = "message_id") -> Json:
    message = person.messages.get(read_number(body, name) or 0)
    if message is None:
        raise Mistake("There is no such message.")
    return message
