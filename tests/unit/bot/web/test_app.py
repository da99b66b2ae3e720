"""The web pages for operators, over HTTP."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer

from bot.web.app import make_web_app
from bot.web.status import CheckResult, RunningWork
from tests.unit.bot.web.doubles import SOUND, FakeSource, make_failing

Client = TestClient[web.Request, web.Application]
SECRET = "postgresql://socrate:hunter2@db/main"


@pytest.fixture
def source() -> FakeSource:
    return FakeSource()


@pytest.fixture
async def client(source: FakeSource) -> AsyncIterator[Client]:
    async with TestClient(TestServer(make_web_app(source))) as client:
        yield client


async def read_event(response: ClientResponse) -> dict[str, object]:
    line = await response.content.readuntil(b"\n\n")
    event: dict[str, object] = json.loads(line.removeprefix(b"data: "))
    return event


async def test_health_is_200_when_every_check_passes(client: Client) -> None:
    response = await client.get("/api/health")
    body = await response.json()
    assert response.status == 200
    assert (body["status"], body["service"]) == ("healthy", "Socrate")
    assert set(body["checks"]) == {"database", "queue", "worker", "storage", "telegram", "updates", "loops"}
    assert body["checks"]["storage"] == {"ok": True, "detail": "Can be written and read.", "ms": 2.1}


async def test_health_is_503_when_one_check_fails(client: Client, source: FakeSource) -> None:
    source.status = make_failing("queue", "The queue does not answer.")
    response = await client.get("/api/health")
    body = await response.json()
    assert response.status == 503
    assert body["status"] == "degraded"
    assert [name for name, check in body["checks"].items() if not check["ok"]] == ["queue"]


async def test_health_names_every_check_when_the_source_fails(client: Client, source: FakeSource) -> None:
    source.error = RuntimeError(SECRET)
    response = await client.get("/api/health")
    body = await response.json()
    assert response.status == 503
    assert len(body["checks"]) == 7
    assert not any(check["ok"] for check in body["checks"].values())
    assert SECRET not in json.dumps(body)


async def test_healthz_is_200_while_everything_else_fails(client: Client, source: FakeSource) -> None:
    source.error = RuntimeError(SECRET)
    response = await client.get("/healthz")
    body = await response.json()
    assert (response.status, body["status"]) == (200, "degraded")
    assert SECRET not in json.dumps(body)


async def test_healthz_names_the_loop_that_fails(client: Client, source: FakeSource) -> None:
    assert (await (await client.get("/healthz")).json())["status"] == "healthy"
    source.status = make_failing("loops", 'loop "polling" fails since 61 s: NetworkError.')
    body = await (await client.get("/healthz")).json()
    assert body["status"] == "degraded" and "polling" in body["checks"]["loops"]["detail"]


async def test_page_shows_the_figures_without_javascript(client: Client) -> None:
    text = await (await client.get("/")).text()
    for shown in ("All good", "431", "37 finished today", "17", "and 5 cancelled", "oldest 1 min 35 s", "7.8.9"):
        assert shown in text
    for shown in ("Filming the passages", "120 of 273", "64 %", "1 h 2 min", "Can be written and read."):
        assert shown in text


async def test_page_names_the_check_that_fails(client: Client, source: FakeSource) -> None:
    source.status = make_failing("worker", "No worker has been seen lately.")
    text = await (await client.get("/")).text()
    assert "Something needs attention" in text
    assert "No worker has been seen lately." in text


async def test_page_escapes_texts(client: Client, source: FakeSource) -> None:
    source.status = replace(SOUND, checks={"database": CheckResult(True, "<script>alert(1)</script>", 1.0)})
    assert "<script>alert(1)" not in await (await client.get("/")).text()


async def test_an_unknown_stage_is_shown_as_working(client: Client, source: FakeSource) -> None:
    source.status = replace(SOUND, running=[RunningWork("secret_stage", 1, 2, 50, 1.0)])
    text = await (await client.get("/")).text()
    assert "secret_stage" not in text
    assert "Working" in text


async def test_api_status_has_the_figures_as_json(client: Client) -> None:
    body = await (await client.get("/api/status")).json()
    assert body["counts"]["ready"] == 431
    assert body["queue_length"] == 11
    assert body["running"][0] == {"stage": "filming", "done": 120, "total": 273, "percent": 64, "seconds": 14.0}


@pytest.mark.parametrize("path", ["/", "/api/status"])
async def test_a_failing_page_is_500_without_the_reason(client: Client, source: FakeSource, path: str) -> None:
    source.error = RuntimeError(SECRET)
    response = await client.get(path)
    text = await response.text()
    assert response.status == 500
    assert "Something went wrong here" in text
    assert SECRET not in text
    assert "Traceback" not in text


async def test_an_unknown_address_is_404(client: Client) -> None:
    response = await client.get("/wp-admin/<b>")
    text = await response.text()
    assert response.status == 404
    assert "There is no page at this address." in text
    assert "wp-admin" not in text


async def test_posting_to_a_page_is_405(client: Client) -> None:
    assert (await client.post("/")).status == 405


@pytest.mark.parametrize(
    "path", ["/", "/api/health", "/api/status", "/healthz", "/events", "/static/status.css", "/none"]
)
async def test_every_response_has_the_security_headers(client: Client, path: str) -> None:
    async with client.get(path) as response:
        assert response.headers["Content-Security-Policy"].startswith("default-src 'self';")
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["X-Frame-Options"] == "DENY"
        assert response.headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("path", ["/", "/none"])
async def test_pages_hold_nothing_that_the_content_security_policy_forbids(client: Client, path: str) -> None:
    text = await (await client.get(path)).text()
    assert "style=" not in text
    assert "<style" not in text
    assert "http://" not in text
    assert "https://" not in text


async def test_events_begin_with_the_current_status(client: Client) -> None:
    async with client.get("/events") as response:
        assert response.content_type == "text/event-stream"
        event = await read_event(response)
    assert event["counts"] == SOUND.counts
    assert event["version"] == "7.8.9"


async def test_figures_are_unknown_while_the_database_is_away(client: Client, source: FakeSource) -> None:
    empty = replace(SOUND, counts={}, running=[], queue_length=0, workers=[])
    source.status = make_failing("database", "The database does not answer.", empty)
    body = await (await client.get("/api/status")).json()
    assert {card["value"] for card in body["shown"]["cards"]} == {"–"}


async def test_only_workers_seen_lately_count_as_alive(client: Client) -> None:
    body = await (await client.get("/api/status")).json()
    workers = next(card for card in body["shown"]["cards"] if card["key"] == "workers")
    assert (workers["value"], workers["note"]) == ("2", "2 busy")
