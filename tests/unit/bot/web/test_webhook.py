"""The webhook stores an update before it answers 200, and only takes updates with the secret."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from bot.web.app import make_web_app
from bot.web.webhook import HEADER, list_webhook_routes
from db.engine import DatabaseUnavailable
from settings import WEBHOOK_PATH
from tests.unit.bot.web.doubles import FakeSource

SECRET = "the-secret"
KNOWN = {HEADER: SECRET}
Client = TestClient[Any, Any]


@dataclass
class FakeInbox:
    kept: list[dict[str, Any]] = field(default_factory=list)
    away: bool = False

    async def keep(self, payloads: Sequence[dict[str, Any]]) -> None:
        if self.away:
            raise DatabaseUnavailable
        self.kept += payloads


@pytest.fixture
def inbox() -> FakeInbox:
    return FakeInbox()


@pytest.fixture
async def client(inbox: FakeInbox) -> AsyncIterator[Client]:
    app = make_web_app(FakeSource())
    app.add_routes(list_webhook_routes(inbox.keep, SECRET))
    async with TestClient(TestServer(app)) as client:
        yield client


async def test_an_update_with_the_secret_is_stored(client: Client, inbox: FakeInbox) -> None:
    response = await client.post(WEBHOOK_PATH, json={"update_id": 5}, headers=KNOWN)
    assert (response.status, inbox.kept) == (200, [{"update_id": 5}])


@pytest.mark.parametrize("headers", [{}, {HEADER: ""}, {HEADER: "the-secreT"}, {HEADER: "thé"}])
async def test_an_update_without_the_secret_is_refused(
    client: Client, inbox: FakeInbox, headers: dict[str, str]
) -> None:
    response = await client.post(WEBHOOK_PATH, json={"update_id": 5}, headers=headers)
    assert (response.status, inbox.kept) == (403, [])
    assert SECRET not in await response.text()


async def test_an_update_that_cannot_be_stored_is_503(client: Client, inbox: FakeInbox) -> None:
    inbox.away = True
    assert (await client.post(WEBHOOK_PATH, json={"update_id": 5}, headers=KNOWN)).status == 503


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"update_id": "5"}', b"\xff", b"{}"])
async def test_a_body_that_is_no_update_is_400(client: Client, inbox: FakeInbox, body: bytes) -> None:
    response = await client.post(WEBHOOK_PATH, data=body, headers=KNOWN)
    assert (response.status, inbox.kept) == (400, [])


async def test_a_body_that_is_too_large_is_413(client: Client, inbox: FakeInbox) -> None:
    response = await client.post(WEBHOOK_PATH, data=b" " * (2 * 1024 * 1024), headers=KNOWN)
    assert (response.status, inbox.kept) == (413, [])
