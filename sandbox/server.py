"""The sandbox server: the Bot API and the chat page over HTTP, on loopback addresses only."""

from __future__ import annotations

import asyncio
import logging

from aiohttp import web

from sandbox.bot_api.api import BotApi
from sandbox.bot_api.webhook import push_updates
from sandbox.chat_page import control, events, page, people
from sandbox.chat_page.requests import FAULTS, STATE
from sandbox.faults import Faults
from sandbox.guard import is_loopback, refuse_remote
from sandbox.state import State

LARGEST_BODY = 64 * 1024 * 1024
GRACE_SECONDS = 0.5
log = logging.getLogger(__name__)


class SandboxServer:
    """The server. ``url`` is the root of the Bot API and the chat page. ``stop`` deletes the files of the chats."""

    def __init__(self, token: str, host: str = "127.0.0.1", port: int = 0) -> None:
        """Raise ``ValueError`` for a host that is not loopback, or a token that does not start with a number."""
        if not is_loopback(host):
            raise ValueError("the sandbox listens on loopback only")
        number = token.partition(":")[0]
        if not number.isdecimal():
            raise ValueError("a token starts with the bot's number and a colon")
        self.host, self.port = "127.0.0.1" if host == "localhost" else host.strip("[]"), port
        self.state, self.faults = State(int(number)), Faults()
        self._api = BotApi(token, self.state, self.faults)
        self._runner: web.AppRunner | None = None
        self._pusher: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    async def start(self) -> None:
        """Bind the port. With port 0 the system chooses one. Raise ``OSError`` if the port is in use."""
        self._runner = web.AppRunner(self._build_app(), access_log=None, shutdown_timeout=GRACE_SECONDS)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self.host, self.port).start()
        except OSError:
            await self.stop()
            raise
        self.port = self._runner.addresses[0][1]
        self._pusher = asyncio.create_task(push_updates(self.state.updates))
        log.info("sandbox_started", extra={"url": self.url})

    async def stop(self) -> None:
        self.state.close()
        if self._pusher is not None:
            self._pusher.cancel()
            await asyncio.gather(self._pusher, return_exceptions=True)
        if self._runner is not None:
            await self._runner.cleanup()
        self.state.files.close()

    def _build_app(self) -> web.Application:
        app = web.Application(client_max_size=LARGEST_BODY, middlewares=[refuse_remote])
        app[STATE], app[FAULTS] = self.state, self.faults
        for module in (people, events, control):
            app.add_routes(module.routes)
        app.add_routes([*page.list_routes(), *self._api.list_routes()])
        return app
