"""The bot's side over HTTP: method calls and file downloads, as the Bot API server answers them."""

from __future__ import annotations

import hmac
import json
from functools import partial
from typing import Any

from aiohttp import web

from sandbox.bot_api.methods import METHODS, NAMES
from sandbox.bot_api.params import Params, read_params
from sandbox.bot_api.problems import Problem
from sandbox.faults import Faults
from sandbox.state import State

dump = partial(json.dumps, ensure_ascii=False)


class BotApi:
    """Answers for one token; every call is logged with how it ended."""

    def __init__(self, token: str, state: State, faults: Faults) -> None:
        self.token, self.state, self.faults = token, state, faults

    def list_routes(self) -> list[web.RouteDef]:
        return [
            web.route("*", "/bot{token}/{method}", self.call),
            web.get("/file/bot{token}/{path:.+}", self.download),
        ]

    async def call(self, request: web.Request) -> web.StreamResponse:
        """One method call; the status of the answer is its error code."""
        written = request.match_info["method"]
        method = NAMES.get(written.lower(), written)
        params, error = Params(), 500
        try:
            self._check_token(request)
            params = await read_params(request)
            answer = await self._run(method, params, request)
            error = answer.status if answer.status >= 400 else 0
            return answer
        except Problem as problem:
            error = problem.code
            return web.json_response(problem.describe(), status=problem.code)
        finally:
            text = params.values.get("text", params.values.get("caption"))
            self.state.note_call(method, find_chat_id(params), error or None, None if text is None else str(text))

    async def _run(self, method: str, params: Params, request: web.Request) -> web.StreamResponse:
        act = METHODS.get(method)
        if act is None:
            raise Problem(404, "Not Found")
        result: Any = await self.faults.run(method, find_chat_id(params), partial(act, self.state, params), request)
        if isinstance(result, web.StreamResponse):
            return result
        return web.json_response({"ok": True, "result": result}, dumps=dump)

    async def download(self, request: web.Request) -> web.StreamResponse:
        """The bytes of a file; faults reach it under the name ``download``."""
        try:
            self._check_token(request)
            stored = self.state.files.find_path(request.match_info["path"])
            if stored is None:
                raise Problem(404, "Not Found")
            give = partial(give_file, web.FileResponse(stored.place))
            answer: web.StreamResponse = await self.faults.run("download", None, give, request)
        except Problem as problem:
            return web.json_response(problem.describe(), status=problem.code)
        return answer

    def _check_token(self, request: web.Request) -> None:
        if not hmac.compare_digest(request.match_info["token"].encode(), self.token.encode()):
            raise Problem(401, "Unauthorized")


async def give_file(response: web.FileResponse) -> web.FileResponse:
    return response


def find_chat_id(params: Params) -> int | None:
    value = str(params.values.get("chat_id", ""))
    return int(value) if value.lstrip("-").isdecimal() else None
