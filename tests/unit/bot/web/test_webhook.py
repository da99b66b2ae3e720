"""The webhook stores an update before it answers 200, and only takes updates with the secret."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from bot.web.app import make_web_app
from bot.web.webhook import HEADER, MOST_KEPT_BYTES, list_webhook_routes
from db.engine import DatabaseUnavailable
from processing.jobs.raw_updates import Unreadable
from settings import WEBHOOK_PATH
from tests.unit.bot.web.doubles import FakeSource

SECRET = "the-secret"
KNOWN = {HEADER: SECRET}
Client = TestClient[Any, Any]


@dataclass
class FakeInbox:
    kept: list[object] = field(default_factory=list)
    away: bool = False

    async def keep(self, updates: Sequence[object]) -> None:
        if self.away:
            raise DatabaseUnavailable
        self.kept += updates


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


@pytest.mark.parametrize("body", [b"", b"{", b"hello", b"\xff"])
async def test_a_body_that_is_no_json_is_400(client: Client, inbox: FakeInbox, body: bytes) -> None:
    response = await client.post(WEBHOOK_PATH, data=body, headers=KNOWN)
    assert (response.status, inbox.kept) == (400, [])


@pytest.mark.parametrize("update", [{}, {"update_id": "5"}, {"update_id": 2**65, "news": None}, [], "hello"])
async def test_any_json_is_stored(client: Client, inbox: FakeInbox, update: Any) -> None:
    response = await client.post(WEBHOOK_PATH, json=update, headers=KNOWN)
    assert (response.status, inbox.kept) == (200, [update])


async def test_an_object_that_is_nested_too_deeply_is_stored_as_text(client: Client, inbox: FakeInbox) -> None:
    body = b'{"update_id": 5, "message": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    response = await client.post(WEBHOOK_PATH, data=body, headers=KNOWN)
    assert (response.status, inbox.kept) == (200, [Unreadable(body.decode(), "nested too deeply")])


async def test_of_a_body_that_is_too_large_the_beginning_is_stored(client: Client, inbox: FakeInbox) -> None:
    """Telegram sends an update that is refused again and again, and no other meanwhile."""
    size = 2 * MOST_KEPT_BYTES
    response = await client.post(WEBHOOK_PATH, data=b'{"update_id": 5'.ljust(size), headers=KNOWN)
    (kept,) = inbox.kept
    assert response.status == 200 and isinstance(kept, Unreadable)
    assert (len(kept.text), kept.problem) == (MOST_KEPT_BYTES, f"too long: {size} bytes")
