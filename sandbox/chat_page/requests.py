"""Reads and refuses requests of the chat page; names the application's shared state."""

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
    """400 with the reason as ``{"error": sentence}``; the chat page shows the sentence."""

    def __init__(self, sentence: str) -> None:
        super().__init__(text=json.dumps({"error": sentence}), content_type="application/json")


async def read_json(request: web.Request) -> Json:
    """The body as a JSON object; raises ``InvalidRequest`` for any other body."""
    try:
        body = json.loads(await request.read())
    except ValueError:
        raise InvalidRequest("The body must be JSON.") from None
    if not isinstance(body, dict):
        raise InvalidRequest("The body must be a JSON object.")
    return body


def find_number(body: Json, name: str) -> int | None:
    """A whole number below 2**52, or None where it is missing or empty; raises ``InvalidRequest`` for anything else."""
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
    """A text that is not blank; raises ``InvalidRequest`` where it is missing."""
    text = body.get(name)
    if not isinstance(text, str) or not text.strip():
        raise InvalidRequest(f"{name} is missing.")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise InvalidRequest(f"{name} is not valid Unicode.") from None
    return text


def read_since(request: web.Request) -> int:
    """The ``seq`` of the last event that the client has; 0 where it has none."""
    raw = request.headers.get("Last-Event-ID") or request.query.get("since", "0")
    return int(raw) if raw.isdecimal() else 0


def get_person(request: web.Request) -> Person:
    """The person in the path; raises ``InvalidRequest`` where there is no such person."""
    number = request.match_info["person"]
    person = request.app[STATE].people.get(int(number)) if number.isdecimal() else None
    if person is None:
        raise InvalidRequest("There is no such person.")
    return person


def get_message(person: Person, body: Json, name: str = "message_id") -> Json:
    """The message whose id is in the field ``name``; raises ``InvalidRequest`` where there is no such message."""
    message = person.messages.get(find_number(body, name) or 0)
    if message is None:
        raise InvalidRequest("There is no such message.")
    return message
