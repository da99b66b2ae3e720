"""The sandbox's Bot API without HTTP: a transport for the library of the bot, and people who act on the same state."""

from __future__ import annotations

import email.parser
import email.policy
import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl

import httpx

from sandbox.bot_api.methods import METHODS
from sandbox.bot_api.params import Params, Upload
from sandbox.chat_page.people import describe_as, open_query, read_message_text
from sandbox.errors import ApiError
from sandbox.state import State
from tests.chaos.machine.loop import LoopThread
from tests.driver import Message, Person

Act = Callable[[], Awaitable[httpx.Response]]
# Called with the request, its method and the function that answers it.
Intercept = Callable[[httpx.Request, str, Act], Awaitable[httpx.Response]]
Json = dict[str, Any]


class ChatTransport(httpx.AsyncBaseTransport):
    """Answers the requests of one process from the sandbox's state; ``intercept`` may change what comes of them."""

    def __init__(self, state: State, intercept: Intercept) -> None:
        self.state, self.intercept = state, intercept

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body, path = await request.aread(), request.url.path
        if path.startswith("/file/"):
            return await self.intercept(request, "file", lambda: self._download(path))
        method = path.rpartition("/")[2]
        params = read_body(request.headers.get("content-type", ""), body)
        return await self.intercept(request, method, lambda: self._answer(method, params))

    async def _answer(self, method: str, params: Params) -> httpx.Response:
        try:
            return respond({"ok": True, "result": await METHODS[method](self.state, params)})
        except ApiError as refusal:
            return respond(refusal.describe(), refusal.code)

    async def _download(self, path: str) -> httpx.Response:
        found = self.state.files.find_by_path(path.split("/", 3)[3])
        if found is None:
            return respond({"ok": False, "error_code": 404, "description": "Not Found"}, 404)
        return httpx.Response(200, content=found.path.read_bytes())


def respond(body: Json, status: int = 200) -> httpx.Response:
    return httpx.Response(status, content=json.dumps(body).encode())


def read_body(content_type: str, body: bytes) -> Params:
    if not content_type.startswith("multipart/"):
        return Params(dict(parse_qsl(body.decode(), keep_blank_values=True)))
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    parsed = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + body)
    params = Params()
    for part in parsed.iter_parts():
        name, content = str(part.get_param("name", header="content-disposition")), part.get_payload(decode=True)
        assert isinstance(content, bytes)
        if file_name := part.get_filename():
            params.files[name] = Upload(file_name, part.get_content_type(), content)
        else:
            params.values[name] = content.decode()
    return params


class NearPerson(Person):
    """A person who acts on the sandbox's state directly; a tap does not wait for its answer."""

    def __init__(self, loop: LoopThread, state: State, id: int, name: str, language: str = "en") -> None:
        self.loop, self.state, self.id, self.name = loop, state, id, name
        self._do(lambda: state.add_person(id, name, language))

    def say(self, text: str, reply_to: int | None = None) -> int:
        content = read_message_text({"text": text})
        if reply_to is not None:
            content["reply_to_message"] = self.me.messages[reply_to]
        return self._send(content)

    def send_bytes(self, content: bytes, name: str) -> int:
        """Send a file."""
        stored = self._do(lambda: self.state.files.add(name, "application/octet-stream", content))
        return self._send(describe_as("document", stored.describe() | {"file_name": name}))

    def change(self, message_id: int, text: str) -> None:
        def act() -> None:
            message = self.me.messages[message_id]
            self.state.change_message(self.me, message, **read_message_text({"text": text}))
            self.state.updates.add("edited_message", message)

        self._do(act)

    def forge_tap(self, message_id: int, data: str) -> None:
        async def act() -> None:
            message = self.me.messages[message_id]
            query = open_query(self.state, self.me)
            content = {"id": query.id, "from": self.me.describe(), "message": message, "data": data}
            self.state.updates.add("callback_query", content | {"chat_instance": str(self.id)})

        self.loop.run(act())

    def block(self) -> None:
        self._do(lambda: setattr(self.me, "blocked", True))

    def unblock(self) -> None:
        self._do(lambda: setattr(self.me, "blocked", False))

    def messages(self) -> list[Message]:
        described: list[Message] = self._do(
            lambda: [self.state.describe_message(self.me, message) for message in self.me.messages.values()]
        )
        return described

    def transcript(self, since: int = 0) -> list[Json]:
        events: list[Json] = self._do(lambda: self.me.list_events(since))
        return events

    @property
    def me(self) -> Any:
        return self.state.people[self.id]

    def _send(self, content: Json) -> int:
        def act() -> int:
            message = self.state.add_message(self.me, self.me.describe(), **content)
            self.state.updates.add("message", message)
            return int(message["message_id"])

        return int(self._do(act))

    def _do(self, act: Callable[[], Any]) -> Any:
        async def on_loop() -> Any:
            return act()

        return self.loop.run(on_loop())
