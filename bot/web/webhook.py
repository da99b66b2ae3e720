"""The route to which Telegram posts updates; each is stored in the inbox before it is answered with 200."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Sequence

from aiohttp import web

from errors import SocrateError
from processing.jobs.raw_updates import LONGEST_RAW, Unreadable, read_json
from settings import WEBHOOK_PATH

HEADER = "X-Telegram-Bot-Api-Secret-Token"
# Of a longer body only the beginning is read into memory.
MOST_KEPT_BYTES = 4 * LONGEST_RAW
Keep = Callable[[Sequence[object]], Awaitable[None]]


def list_webhook_routes(keep: Keep, secret: str) -> list[web.RouteDef]:
    """Return the webhook's route; ``keep`` stores updates in the inbox.

    The route answers 403 without the secret, 400 for a body that is no JSON, and 503 if the update could not be stored.
    Telegram then sends the update again. Any JSON is stored, because Telegram would send an update that is refused
    again and again, and others late or never.
    """

    async def receive(request: web.Request) -> web.StreamResponse:
        given = request.headers.get(HEADER, "")
        if not hmac.compare_digest(given.encode(errors="replace"), secret.encode()):
            raise web.HTTPForbidden
        body, size = await read_body(request)
        update = Unreadable(body.decode(errors="replace"), f"too long: {size} bytes") if size > len(body) else None
        try:
            await keep([update or read_update(body)])
        except SocrateError:
            raise web.HTTPServiceUnavailable from None
        return web.Response()

    return [web.post(WEBHOOK_PATH, receive)]


async def read_body(request: web.Request) -> tuple[bytes, int]:
    """Return (at most ``MOST_KEPT_BYTES`` bytes of the body, its size in bytes)."""
    kept, size = bytearray(), 0
    async for chunk in request.content.iter_chunked(64 * 1024):
        size += len(chunk)
        kept += chunk[: MOST_KEPT_BYTES - len(kept)]
    return bytes(kept), size


def read_update(body: bytes) -> object:
    """Return the value in the JSON ``body``, ``Unreadable`` if it is nested too deeply.

    Raise ``HTTPBadRequest`` if the body is no JSON.
    """
    text = body.decode(errors="replace")
    try:
        return read_json(text)
    except RecursionError:
        return Unreadable(text, "nested too deeply")
    except ValueError:
        raise web.HTTPBadRequest from None
