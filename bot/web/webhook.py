"""The route to which Telegram posts updates; each is stored in the inbox before it is answered with 200."""

from __future__ import annotations

import hmac
import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from aiohttp import web

from errors import SocrateError
from settings import WEBHOOK_PATH

HEADER = "X-Telegram-Bot-Api-Secret-Token"
Keep = Callable[[Sequence[dict[str, Any]]], Awaitable[None]]


def list_webhook_routes(keep: Keep, secret: str) -> list[web.RouteDef]:
    """Return the webhook's route; ``keep`` stores updates in the inbox.

    The route answers 403 without the secret, 400 for a body that is no update, and 503 if the update could not be
    stored. Telegram then sends the update again.
    """

    async def receive(request: web.Request) -> web.StreamResponse:
        given = request.headers.get(HEADER, "")
        if not hmac.compare_digest(given.encode(errors="replace"), secret.encode()):
            raise web.HTTPForbidden
        update = read_update(await request.read())
        try:
            await keep([update])
        except SocrateError:
            raise web.HTTPServiceUnavailable from None
        return web.Response()

    return [web.post(WEBHOOK_PATH, receive)]


def read_update(body: bytes) -> dict[str, Any]:
    """Return the update in the JSON ``body``. Raise ``HTTPBadRequest`` if there is none."""
    try:
        update = json.loads(body)
    except ValueError:
        raise web.HTTPBadRequest from None
    if not isinstance(update, dict) or not isinstance(update.get("update_id"), int):
        raise web.HTTPBadRequest
    return update
