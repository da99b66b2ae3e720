"""Methods that send files and describe them for download."""

from __future__ import annotations

import secrets
from typing import Any

from sandbox.bot_api.messages import LONGEST_CAPTION, read_send_options, read_text
from sandbox.bot_api.params import Params, Upload
from sandbox.errors import BadRequest
from sandbox.files import StoredFile
from sandbox.state import Json, Person, State

LARGEST_UPLOAD = 50 * 1024 * 1024
LARGEST_DOWNLOAD = 20 * 1024 * 1024
ALBUM_KINDS = {"document", "video", "photo"}


async def send_document(state: State, params: Params) -> Json:
    return send_file(state, params, "document")


async def send_video(state: State, params: Params) -> Json:
    return send_file(state, params, "video")


async def send_photo(state: State, params: Params) -> Json:
    return send_file(state, params, "photo")


async def send_media_group(state: State, params: Params) -> list[Json]:
    """Send all files or none: every item is checked before the first message is added. Return one message for each."""
    person = state.get_writable(params.get_chat_id())
    items = params.list_objects("media")
    if not 2 <= len(items) <= 10:
        raise BadRequest("there must be 2-10 items in the album")
    if not all(item.get("type") in ALBUM_KINDS for item in items):
        raise BadRequest("wrong type of the media in the album")
    options = {**read_send_options(person, params), "media_group_id": str(secrets.randbelow(10**17))}
    contents = [read_content(state, Params(item, params.files), item["type"], "media") for item in items]
    return [state.add_message(person, state.bot, **content, **options) for content in contents]


async def get_file(state: State, params: Params) -> Json:
    stored = state.files.find(params.find_text("file_id") or "")
    if stored is None:
        raise BadRequest("invalid file_id")
    if stored.size > LARGEST_DOWNLOAD:
        raise BadRequest("file is too big")
    return stored.describe() | {"file_path": stored.file_path}


def send_file(state: State, params: Params, kind: str) -> Json:
    person: Person = state.get_writable(params.get_chat_id())
    content = read_content(state, params, kind, kind)
    return state.add_message(person, state.bot, **content, **read_send_options(person, params))


def read_content(state: State, params: Params, kind: str, name: str) -> Json:
    """Return the file of the parameter ``name`` and its caption, as fields of a message."""
    caption, entities = read_text(params, "caption", LONGEST_CAPTION)
    described = describe_file(kind, receive_file(state, params, name), params)
    return {kind: described, "caption": caption, "caption_entities": entities}


def receive_file(state: State, params: Params, name: str) -> StoredFile:
    """Store the uploaded file, or find a stored one by its id. The returned file has a new id in both cases.

    Raise ``BadRequest`` if the parameter ``name`` is missing, is a URL or no known id.
    """
    upload = params.find_upload(name)
    if upload is not None:
        return store_upload(state, upload)
    file_id = params.find_text(name)
    if not file_id:
        raise BadRequest(f"there is no {name} in the request")
    if file_id.startswith(("http://", "https://")):
        raise BadRequest("failed to get HTTP URL content")
    known = state.files.find(file_id)
    if known is None:
        raise BadRequest("wrong file identifier/HTTP URL specified")
    return state.files.send_again(known)


def store_upload(state: State, upload: Upload) -> StoredFile:
    if not upload.content:
        raise BadRequest("file must be non-empty")
    if len(upload.content) > LARGEST_UPLOAD:
        raise BadRequest("file is too big")
    return state.files.add(upload.name or "file", upload.mime_type, upload.content)


def describe_file(kind: str, stored: StoredFile, params: Params) -> Any:
    """Return the file as a document, video or photo of the Bot API. A photo is a list of sizes, here of one."""
    if kind == "photo":
        return [stored.describe() | {"width": 640, "height": 480}]
    named = stored.describe() | {"file_name": stored.name, "mime_type": stored.mime_type}
    if kind == "document":
        return named
    return named | {name: params.find_int(name) or 1 for name in ("width", "height", "duration")}
