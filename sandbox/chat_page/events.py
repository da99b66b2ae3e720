"""Routes that read: a person's messages and events, files, commands, and the bot's calls."""

from __future__ import annotations

import json
from contextlib import suppress

from aiohttp import web

from sandbox.bot_api.profile import list_commands
from sandbox.chat_page.requests import STATE, get_person, read_since
from sandbox.state import Person, State

HEARTBEAT_SECONDS = 15.0
# The page shows files of these types. All others are downloads, so that an HTML file never runs in the page's origin.
SHOWN_TYPES = ("video/", "image/png", "image/jpeg", "image/gif", "image/webp")
routes = web.RouteTableDef()


@routes.get("/sandbox/people/{person}/messages")
async def list_messages(request: web.Request) -> web.Response:
    state, person = request.app[STATE], get_person(request)
    return web.json_response([state.describe_message(person, message) for message in person.messages.values()])


@routes.get("/sandbox/people/{person}/transcript")
async def list_transcript(request: web.Request) -> web.Response:
    return web.json_response(get_person(request).list_events(read_since(request)))


@routes.get("/sandbox/people/{person}/events")
async def stream_events(request: web.Request) -> web.StreamResponse:
    """Answer with server-sent events: those after ``since`` or ``Last-Event-ID``, then each new one when it happens.

    The stream ends when the person is deleted or the sandbox stops.
    """
    state, person, since = request.app[STATE], get_person(request), read_since(request)
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
    await response.prepare(request)
    # aiohttp sends the headers with the first bytes. Without these, a browser waits for the first event to connect.
    await response.write(b": welcome\n\n")

    # The browser may close the connection while an event is being written.
    with suppress(ConnectionResetError):
        while not is_over(state, person):
            for event in person.list_events(since):
                since = event["seq"]
                await response.write(f"id: {since}\ndata: {json.dumps(event)}\n\n".encode())
            if not await wait_for_event(state, person, since):
                await response.write(b": heartbeat\n\n")
    return response


async def wait_for_event(state: State, person: Person, since: int) -> bool:
    """Return True if there is a new event or the stream is over, False after ``HEARTBEAT_SECONDS`` without either."""
    return await state.changes.wait_until(lambda: is_over(state, person) or person.has_events(since), HEARTBEAT_SECONDS)


def is_over(state: State, person: Person) -> bool:
    return state.updates.closed or state.people.get(person.id) is not person


@routes.get("/sandbox/files/{file}/{name}")
async def download(request: web.Request) -> web.StreamResponse:
    stored = request.app[STATE].files.find(request.match_info["file"])
    if stored is None:
        return web.json_response({"error": "There is no such file."}, status=404)
    shown = stored.mime_type.startswith(SHOWN_TYPES)
    headers = {"Content-Type": stored.mime_type if shown else "application/octet-stream"}
    headers |= {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox"}
    return web.FileResponse(stored.path, headers=headers | ({} if shown else {"Content-Disposition": "attachment"}))


@routes.get("/sandbox/commands")
async def show_commands(request: web.Request) -> web.Response:
    person = request.query.get("person", "")
    person_id = int(person) if person.isdecimal() else None
    return web.json_response(list_commands(request.app[STATE], request.query.get("language", ""), person_id))


@routes.get("/sandbox/calls")
async def list_calls(request: web.Request) -> web.Response:
    """Answer with the bot's calls whose ``seq`` is above ``since``, oldest first."""
    since = read_since(request)
    return web.json_response([call for call in request.app[STATE].calls if call["seq"] > since])
