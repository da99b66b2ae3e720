"""Parameters of a Bot API call, in the four encodings that Telegram's server accepts."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from aiohttp import BodyPartReader, web

from sandbox.errors import BadRequest

NOT_UTF8 = "strings must be encoded in UTF-8"


@dataclass
class Upload:
    """A file in a multipart request."""

    name: str
    mime_type: str
    content: bytes


@dataclass
class Params:
    """The parameters of a call, by name.

    If a parameter is missing, methods named ``find_`` return None, ``read_bool`` returns False, and methods named
    ``read_`` or ``list_`` return an empty object or list. The methods for numbers, objects and lists raise
    ``BadRequest`` for a value of another type. ``find_text`` turns any value into text, and ``read_bool`` returns True
    only for "true" and "1".
    """

    values: dict[str, Any] = field(default_factory=dict)
    files: dict[str, Upload] = field(default_factory=dict)

    def find_text(self, name: str) -> str | None:
        value = self.values.get(name)
        return None if value is None else check_utf8(str(value))

    def find_int(self, name: str) -> int | None:
        value = self.values.get(name)
        if value is None or value == "":
            return None
        try:
            return int(value)
        except (TypeError, ValueError):
            raise BadRequest(f"{name} must be an integer") from None

    def read_bool(self, name: str) -> bool:
        return str(self.values.get(name, "")).lower() in {"true", "1"}

    def read_object(self, name: str) -> dict[str, Any]:
        value = self._decode(name) or {}
        if not isinstance(value, dict):
            raise BadRequest(f"can't parse {name}: expected an Object")
        return value

    def read_list(self, name: str) -> list[Any]:
        value = self._decode(name) or []
        if not isinstance(value, list):
            raise BadRequest(f"can't parse {name}: expected an Array")
        return value

    def list_objects(self, name: str) -> list[dict[str, Any]]:
        items = self.read_list(name)
        if not all(isinstance(item, dict) for item in items):
            raise BadRequest(f"can't parse {name}: expected an Array of Objects")
        return items

    def get_chat_id(self) -> int:
        value = self.values.get("chat_id")
        if value is None or value == "":
            raise BadRequest("chat_id is empty")
        try:
            return int(value)
        except (TypeError, ValueError):
            raise BadRequest("chat not found") from None

    def find_upload(self, name: str) -> Upload | None:
        """Return the uploaded file of the parameter ``name``, or None if no file is uploaded for it.

        The file is in the part of that name, or in the part ``other`` if the value is ``attach://other``. Raise
        ``BadRequest`` if there is no part ``other``.
        """
        value = self.values.get(name)
        if isinstance(value, str) and value.startswith("attach://"):
            part = self.files.get(value.removeprefix("attach://"))
            if part is None:
                raise BadRequest("file must be non-empty")
            return part
        return self.files.get(name)

    def _decode(self, name: str) -> Any:
        """Return the value. Text is parsed as JSON, because bodies that are not JSON hold objects and lists as text."""
        value = self.values.get(name)
        if not isinstance(value, str) or not value:
            return value
        try:
            return json.loads(value)
        except ValueError:
            raise BadRequest(f"can't parse {name} JSON object") from None


def check_utf8(text: str) -> str:
    """Return ``text``. Raise ``BadRequest`` if it holds half a surrogate pair, which JSON can hold and UTF-8 cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise BadRequest(NOT_UTF8) from None
    return text


async def read_params(request: web.Request) -> Params:
    """Return the parameters of the query and the body. A parameter in both has the value of the body."""
    params = Params(dict(request.query))
    if request.content_type == "application/json":
        params.values |= await read_json(request)
    elif request.content_type == "multipart/form-data":
        await read_parts(request, params)
    elif request.body_exists:
        params.values |= dict(await request.post())
    return params


async def read_json(request: web.Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.read() or b"{}")
    except ValueError:
        raise BadRequest("can't parse request JSON object") from None
    if not isinstance(body, dict):
        raise BadRequest("expected an Object")
    return body


async def read_parts(request: web.Request, params: Params) -> None:
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            continue
        content = bytes(await part.read(decode=False))
        mime_type = part.headers.get("Content-Type", "").split(";")[0]
        if part.filename is None and mime_type in {"", "text/plain"}:
            params.values[part.name or ""] = decode_text(content)
        else:
            name, mime_type = part.filename or "", mime_type or "application/octet-stream"
            params.files[part.name or ""] = Upload(name, mime_type, content)


def decode_text(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise BadRequest(NOT_UTF8) from None
