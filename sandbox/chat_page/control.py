"""Routes for tests and demonstrations: fault rules, raw updates, and a reset of all chats."""

from __future__ import annotations

from aiohttp import web

from sandbox.chat_page.requests import FAULTS, STATE, InvalidRequest, read_json

routes = web.RouteTableDef()


@routes.post("/sandbox/faults")
async def add_fault(request: web.Request) -> web.Response:
    """Add a rule, which has the fields of ``sandbox.faults.Fault`` and an optional ``seed``, and answer with its id."""
    try:
        return web.json_response({"id": request.app[FAULTS].add(await read_json(request))})
    except ValueError as error:
        raise InvalidRequest(str(error)) from None


@routes.delete("/sandbox/faults")
async def clear_faults(request: web.Request) -> web.Response:
    request.app[FAULTS].clear()
    return web.json_response({})


@routes.post("/sandbox/updates")
async def add_updates(request: web.Request) -> web.Response:
    """Queue the texts in the field ``texts`` as updates, and answer with their ids.

    Each text is sent to the bot unchanged, except that ``UPDATE_ID`` in it becomes its id.
    """
    texts = (await read_json(request)).get("texts")
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise InvalidRequest("texts must be a list of texts.")
    return web.json_response({"ids": [request.app[STATE].updates.add_raw(text) for text in texts]})


@routes.post("/sandbox/reset")
async def reset(request: web.Request) -> web.Response:
    request.app[FAULTS].clear()
    request.app[STATE].reset()
    return web.json_response({})
