"""What can be looked at over HTTP: a person's chat, its events, files, commands, the bot's calls."""

from __future__ import annotations

import json
from contextlib import suppress

from aiohttp import web

from sandbox.bot_api.profile import list_commands
from sandbox.chat_page.requests import STATE, get_person, read_since
from sandbox.state import Person, State

HEARTBEAT_SECONDS = 15.0
# Shown in the page; everything else is offered for saving, so that no sent page runs as the sandbox's own.
SHOWN = ("video/", "image/png", "image/jpeg", "image/gif", "image/webp")
routes = web.RouteTableDef()


@routes.get("/sandbox/people/{person}/messages")
async def list_messages(request: web.Request) -> web.Response:
    state, person = request.app[STATE], get_person(request)
    return web.json_response([state.show(person, message) for message in person.messages.values()])


@routes.get("/sandbox/people/{person}/transcript")
async def list_transcript(request: web.Request) -> web.Response:
    return web.json_response(get_person(request).list_events(read_since(request)))


@routes.get("/sandbox/people/{person}/events")
async def follow(request: web.Request) -> web.StreamResponse:
    """Events as they happen, from ``since`` or ``Last-Event-ID`` on, until the person or the sandbox is gone."""
    state, person, since = request.app[STATE], get_person(request), read_since(request)
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
    await response.prepare(request)
    # aiohttp holds the headers back until the first bytes: without these a quiet chat never seems connected.
    await response.write(b": welcome\n\n")

    # Who closes the page in the middle of a message has done nothing wrong.
    with suppress(ConnectionResetError):
        while not is_over(state, person):
            for event in person.list_events(since):
                since = event["seq"]
                await response.write(f"id: {since}\ndata: {json.dumps(event)}\n\n".encode())
            if not await wait_for_event(state, person, since):
                await response.write(b": here\n\n")
    return response


async def wait_for_event(state: State, person: Person, since: int) -> bool:
    """Whether something happened before it is time for a sign of life."""
    return await state.news.wait_until(lambda: is_over(state, person) or person.has_news(since), HEARTBEAT_SECONDS)


def is_over(state: State, person: Person) -> bool:
    return state.updates.closed or state.people.get(person.id) is not person


@routes.get("/sandbox/files/{file}/{name}")
async def download(request: web.Request) -> web.StreamResponse:
    stored = request.app[STATE].files.find(request.match_info["file"])
    if stored is None:
        return web.json_response({"error": "There is no such file."}, status=404)
    shown = stored.mime_type.startswith(SHOWN)
    headers = {"Content-Type": stored.mime_type if shown else "application/octet-stream"}
    headers |= {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox"}
    return web.FileResponse(stored.place, headers=headers | ({} if shown else {"Content-Disposition": "attachment"}))


@routes.get("/sandbox/commands")
async def show_commands(request: web.Request) -> web.Response:
    person = request.query.get("person", "")
    number = int(person) if person.isdecimal() else None
    return web.json_response(list_commands(request.app[STATE], request.query.get("language", ""), number))


@routes.get("/sandbox/calls")
async def list_calls(request: web.Request) -> web.Response:
    since = read_since(request)
    return web.json_response([call for call in request.app[STATE].calls if call["seq"] > since])
