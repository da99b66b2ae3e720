"""HTTP routes of the Bot API: method calls and file downloads."""

from __future__ import annotations

import hmac
from functools import partial
from typing import Any

from aiohttp import web

from sandbox.bot_api.methods import METHODS, NAMES
from sandbox.bot_api.params import Params, read_params
from sandbox.errors import ApiError
from sandbox.faults import Faults
from sandbox.state import State
from sandbox.updates import render


class BotApi:
    """Answers the one bot with this token. Every method call is recorded with its outcome (``GET /sandbox/calls``)."""

    def __init__(self, token: str, state: State, faults: Faults) -> None:
        self.token, self.state, self.faults = token, state, faults

    def list_routes(self) -> list[web.RouteDef]:
        return [
            web.route("*", "/bot{token}/{method}", self.call),
            web.get("/file/bot{token}/{path:.+}", self.download),
        ]

    async def call(self, request: web.Request) -> web.StreamResponse:
        """Answer one method call; the HTTP status is the error code, as on Telegram's server."""
        written = request.match_info["method"]
        method = NAMES.get(written.lower(), written)
        params, error = Params(), 500
        try:
            self._check_token(request)
            params = await read_params(request)
            answer = await self._run(method, params, request)
            error = answer.status if answer.status >= 400 else 0
            return answer
        except ApiError as refusal:
            error = refusal.code
            return web.json_response(refusal.describe(), status=refusal.code)
        finally:
            text = params.values.get("text", params.values.get("caption"))
            self.state.record_call(method, find_chat_id(params), error or None, None if text is None else str(text))

    async def _run(self, method: str, params: Params, request: web.Request) -> web.StreamResponse:
        act = METHODS.get(method)
        if act is None:
            raise ApiError(404, "Not Found")
        result: Any = await self.faults.run(method, find_chat_id(params), partial(act, self.state, params), request)
        if isinstance(result, web.StreamResponse):
            return result
        # Lists are rendered item by item: an update may be raw.
        text = f"[{', '.join(map(render, result))}]" if isinstance(result, list) else render(result)
        return web.Response(text=f'{{"ok": true, "result": {text}}}', content_type="application/json")

    async def download(self, request: web.Request) -> web.StreamResponse:
        """Answer with the bytes of a file. Fault rules know this request as the method ``download``."""
        try:
            self._check_token(request)
            stored = self.state.files.find_by_path(request.match_info["path"])
            if stored is None:
                raise ApiError(404, "Not Found")
            respond = partial(respond_with, web.FileResponse(stored.path))
            answer: web.StreamResponse = await self.faults.run("download", None, respond, request)
        except ApiError as refusal:
            return web.json_response(refusal.describe(), status=refusal.code)
        return answer

    def _check_token(self, request: web.Request) -> None:
        if not hmac.compare_digest(request.match_info["token"].encode(), self.token.encode()):
            raise ApiError(401, "Unauthorized")


async def respond_with(response: web.FileResponse) -> web.FileResponse:
    """Return ``response`` unchanged. ``Faults.run`` takes a coroutine function, which it can delay or replace."""
    return response


def find_chat_id(params: Params) -> int | None:
    value = str(params.values.get("chat_id", ""))
    return int(value) if value.lstrip("-").isdecimal() else None
