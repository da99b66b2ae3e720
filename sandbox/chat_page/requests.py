"""Reads requests of the chat page and checks them; the keys under which the application holds its state."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from sandbox.faults import Faults
from sandbox.state import Json, Person, State

STATE = web.AppKey("state", State)
FAULTS = web.AppKey("faults", Faults)
LARGEST_ID = 2**52


class InvalidRequest(web.HTTPBadRequest):
    """Answers 400 with ``{"error": sentence}``. The chat page shows the sentence."""

    def __init__(self, sentence: str) -> None:
        super().__init__(text=json.dumps({"error": sentence}), content_type="application/json")


async def read_json(request: web.Request) -> Json:
    """Return the body. Raise ``InvalidRequest`` unless it is a JSON object."""
    try:
        body = json.loads(await request.read())
    except ValueError:
        raise InvalidRequest("The body must be JSON.") from None
    if not isinstance(body, dict):
        raise InvalidRequest("The body must be a JSON object.")
    return body


def find_number(body: Json, name: str) -> int | None:
    """Return the number in the field ``name``, or None if it is missing or empty.

    Raise ``InvalidRequest`` unless it is a whole number from 0 to 2**52 - 1.
    """
    value: Any = body.get(name)
    if value is None or value == "":
        return None
    try:
        number = int(value)
    except (TypeError, ValueError):
        raise InvalidRequest(f"{name} must be a number.") from None
    if not 0 <= number < LARGEST_ID:
        raise InvalidRequest(f"{name} is out of range.")
    return number


def get_text(body: Json, name: str) -> str:
    """Return the text in the field ``name``. Raise ``InvalidRequest`` if it is missing, blank or not valid Unicode."""
    text = body.get(name)
    if not isinstance(text, str) or not text.strip():
        raise InvalidRequest(f"{name} is missing.")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise InvalidRequest(f"{name} is not valid Unicode.") from None
    return text


def read_since(request: web.Request) -> int:
    """Return the ``seq`` of the last event that the client has, or 0 if it has none."""
    raw = request.headers.get("Last-Event-ID") or request.query.get("since", "0")
    return int(raw) if raw.isdecimal() else 0


def get_person(request: web.Request) -> Person:
    """Return the person whose id is in the path. Raise ``InvalidRequest`` if there is no such person."""
    number = request.match_info["person"]
    person = request.app[STATE].people.get(int(number)) if number.isdecimal() else None
    if person is None:
        raise InvalidRequest("There is no such person.")
    return person


def get_message(person: Person, body: Json, name: str = "message_id") -> Json:
    """Return the message whose id is in the field ``name``. Raise ``InvalidRequest`` if there is no such message."""
    message = person.messages.get(find_number(body, name) or 0)
    if message is None:
        raise InvalidRequest("There is no such message.")
    return message
