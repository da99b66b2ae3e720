"""Routes for what people do: join, send text and files, edit, tap buttons, block and unblock the bot."""

from __future__ import annotations

import asyncio
import base64
import re
import secrets
import time
from collections.abc import AsyncIterator

from aiohttp import BodyPartReader, web

from sandbox.bot_api.chat import QUERY_SECONDS
from sandbox.bot_api.messages import LONGEST_TEXT, strip_reply
from sandbox.chat_page.requests import STATE, InvalidRequest, find_number, get_message, get_person, get_text, read_json
from sandbox.entities import add_commands_and_urls, count_utf16
from sandbox.state import CallbackQuery, Json, Person, State

ANSWER_SECONDS = 10.0
LONGEST_WAIT_SECONDS = 60.0
# A PNG of one pixel.
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
# Browsers and HTTP clients escape only quotes and control characters in a file name, and some double its backslashes.
# aiohttp's own parser drops these characters.
FILE_NAME = re.compile(r"filename=\"([^\"]*)\"")
ESCAPED = re.compile(r"%([01][0-9A-F]|22)|\\\\")
routes = web.RouteTableDef()


@routes.get("/sandbox/people")
async def list_people(request: web.Request) -> web.Response:
    return web.json_response([person.describe() for person in request.app[STATE].people.values()])


@routes.post("/sandbox/people")
async def add_person(request: web.Request) -> web.Response:
    """Create the person with this ``id``, or change their name and language. Without ``id`` the sandbox chooses one."""
    state, body = request.app[STATE], await read_json(request)
    name, number = get_text(body, "first_name").strip()[:64], find_number(body, "id")
    if number == state.bot["id"]:
        raise InvalidRequest("This id belongs to the bot.")
    person = state.add_person(number, name, str(body.get("language_code") or "en")[:8])
    return web.json_response(person.describe())


@routes.post("/sandbox/people/{person}/messages")
async def send(request: web.Request) -> web.Response:
    """Send text as JSON, a file as multipart, or another kind of message by its name (``{"kind": "voice"}``)."""
    state, person = request.app[STATE], get_person(request)
    if person.blocked:
        raise InvalidRequest("This person has blocked the bot.")
    if request.content_type == "multipart/form-data":
        form, content = await read_form(request, state)
    else:
        form = await read_json(request)
        content = build_sample(state, str(form["kind"])) if form.get("kind") else read_message_text(form)
    if find_number(form, "reply_to_message_id"):
        content["reply_to_message"] = strip_reply(get_message(person, form, "reply_to_message_id"))
    message = state.add_message(person, person.describe(), **content)
    state.updates.add("message", message)
    return web.json_response(state.describe_message(person, message))


def read_message_text(body: Json) -> Json:
    """Return the text and its entities as fields of a message. Raise ``InvalidRequest`` if it's missing or too long."""
    text = get_text(body, "text").strip()
    if count_utf16(text) > LONGEST_TEXT:
        raise InvalidRequest(f"text is longer than {LONGEST_TEXT} characters.")
    return {"text": text, "entities": add_commands_and_urls(text, [])}


def build_sample(state: State, kind: str) -> Json:
    """Return the fields of a photo, voice, video, sticker or location message with placeholder content.

    Raise ``InvalidRequest`` for any other kind.
    """
    if kind == "location":
        return {"location": {"latitude": 37.97, "longitude": 23.72}}
    size = {"width": 1, "height": 1}
    more: dict[str, Json] = {
        "photo": size,
        "voice": {"duration": 1},
        "video": size | {"duration": 1},
        "sticker": size | {"is_animated": False, "is_video": False, "type": "regular"},
    }
    if kind not in more:
        raise InvalidRequest("kind is photo, voice, video, sticker or location.")
    file = state.files.add(kind, "image/png", PICTURE).describe() | more[kind]
    return {kind: [file] if kind == "photo" else file}


async def read_form(request: web.Request, state: State) -> tuple[Json, Json]:
    """Store the file and return the form's other fields, and the fields of the message.

    The field ``announced_size`` replaces the real size (bytes) in what the bot is told, ``mime_type`` the real type.
    Raise ``InvalidRequest`` if the part ``file`` is missing.
    """
    form: Json = {}
    file: Json | None = None
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            continue
        if part.name == "file":
            file = await receive_file(part, state)
        else:
            form[part.name or ""] = (await part.read()).decode(errors="replace")
    if file is None:
        raise InvalidRequest("The part named file is missing.")
    size = find_number(form, "announced_size")
    if size is not None:
        state.files.announce_size(file["file_id"], size)
        file["file_size"] = size
    if form.get("mime_type"):
        file["mime_type"] = form["mime_type"]
    caption = str(form.get("caption", "")).strip()
    more = {
        "caption": caption,
        "caption_entities": add_commands_and_urls(caption, []),
        "media_group_id": form.get("media_group_id"),
    }
    return form, {**describe_as(form.get("kind", "document"), file), **more}


def describe_as(kind: str, file: Json) -> Json:
    """Return the message field of a document or video, or the two of an animation, which is also sent as a document.

    Raise ``InvalidRequest`` for any other kind.
    """
    if kind == "document":
        return {"document": file}
    moving = file | {"width": 640, "height": 640, "duration": 1}
    if kind == "animation":
        return {"animation": moving, "document": file}
    if kind == "video":
        return {"video": moving}
    raise InvalidRequest("A file is sent as document, video or animation.")


async def receive_file(part: BodyPartReader, state: State) -> Json:
    """Store the file and return it as the Bot API describes a document, without ``file_name`` if it has no name."""
    name = read_file_name(part)
    mime_type = part.headers.get("Content-Type", "application/octet-stream").split(";")[0]
    stored = await state.files.receive(name, mime_type, read_chunks(part))
    return stored.describe() | {"mime_type": mime_type} | ({"file_name": name} if name else {})


def read_file_name(part: BodyPartReader) -> str:
    match = FILE_NAME.search(part.headers.get("Content-Disposition", ""))
    name = match[1] if match else part.filename or ""
    name = ESCAPED.sub(lambda escape: chr(int(escape[1], 16)) if escape[1] else "\\", name)
    return name.encode(errors="replace").decode()


async def read_chunks(part: BodyPartReader) -> AsyncIterator[bytes]:
    while chunk := await part.read_chunk(64 * 1024):
        yield chunk


@routes.post("/sandbox/people/{person}/edits")
async def edit(request: web.Request) -> web.Response:
    """Change the text of a message that the person sent."""
    state, person, body = request.app[STATE], get_person(request), await read_json(request)
    message = get_message(person, body)
    if message["from"]["id"] != person.id or "text" not in message:
        raise InvalidRequest("This is not a text message of this person.")
    state.change_message(person, message, **read_message_text(body))
    state.updates.add("edited_message", message)
    return web.json_response(state.describe_message(person, message))


@routes.post("/sandbox/people/{person}/taps")
async def tap(request: web.Request) -> web.Response:
    """Tap a button, and answer with what the bot answers within ``wait`` seconds, or with ``{"answer": null}``.

    ``data`` may be that of no button of the message, so that tests can act as a forged client.
    """
    state, person, body = request.app[STATE], get_person(request), await read_json(request)
    message, seconds = get_message(person, body), read_wait(request)
    query = open_query(state, person)
    content = {"id": query.id, "from": person.describe(), "message": message, "data": str(body.get("data") or "")}
    state.updates.add("callback_query", content | {"chat_instance": str(person.id)})
    try:
        answer = await asyncio.wait_for(asyncio.shield(query.answer), seconds)
    except TimeoutError:
        answer = None
    return web.json_response({"answer": answer})


def open_query(state: State, person: Person) -> CallbackQuery:
    """Return a new query, and drop the queries that are older than ``QUERY_SECONDS``."""
    oldest = time.monotonic() - QUERY_SECONDS
    state.queries = {key: query for key, query in state.queries.items() if query.created > oldest}
    query = CallbackQuery(str(secrets.randbelow(10**18)), person, asyncio.get_running_loop().create_future())
    state.queries[query.id] = query
    return query


def read_wait(request: web.Request) -> float:
    """Return how many seconds to wait for an answer, from 0 to ``LONGEST_WAIT_SECONDS``."""
    try:
        seconds = float(request.query.get("wait", ANSWER_SECONDS))
    except ValueError:
        raise InvalidRequest("wait must be a number of seconds.") from None
    return max(0.0, min(LONGEST_WAIT_SECONDS, seconds))


@routes.post("/sandbox/people/{person}/block")
async def block(request: web.Request) -> web.Response:
    return set_blocked(request.app[STATE], get_person(request), True)


@routes.post("/sandbox/people/{person}/unblock")
async def unblock(request: web.Request) -> web.Response:
    return set_blocked(request.app[STATE], get_person(request), False)


def set_blocked(state: State, person: Person, blocked: bool) -> web.Response:
    """Block or unblock the bot. The bot gets an update only if this changes something."""
    if person.blocked != blocked:
        person.blocked = blocked
        member, kicked = ({"user": state.bot, "status": status} for status in ("member", "kicked"))
        was, now = (member, kicked | {"until_date": 0}) if blocked else (kicked | {"until_date": 0}, member)
        change = {"chat": person.describe_chat(), "from": person.describe(), "date": int(time.time())}
        state.updates.add("my_chat_member", change | {"old_chat_member": was, "new_chat_member": now})
    return web.json_response(person.describe())
