"""Metrics in Prometheus' text format; figures that are not known are left out."""

from __future__ import annotations

from typing import Any

from aiohttp.test_utils import TestClient, TestServer
from prometheus_client.parser import text_string_to_metric_families

from bot.web.app import make_web_app
from bot.web.metrics import generate_metrics, list_metrics_routes
from db.engine import DatabaseUnavailable
from processing.maintenance.health import Totals
from tests.unit.bot.web.doubles import SOUND, FakeSource, make_failing

TOTALS = Totals({"ready": 5, "failed": 1}, {"ready": 42.5, "failed": 2.0}, dead_letters=3, updates_waiting=4)


def read(text: str) -> dict[tuple[str, str], float]:
    """Value by name and label."""
    families = text_string_to_metric_families(text)
    return {
        (sample.name, "".join(sample.labels.values())): sample.value for family in families for sample in family.samples
    }


def test_every_metric_is_exported() -> None:
    figures = read(generate_metrics(SOUND, TOTALS).decode())
    assert figures["socrate_documents", "ready"] == 431
    assert figures["socrate_queue_length", ""] == 11
    assert figures["socrate_oldest_wait_seconds", ""] == 95
    assert figures["socrate_workers_alive", "documents"] == 1
    assert figures["socrate_dead_letters", ""] == 3
    assert figures["socrate_updates_waiting", ""] == 4
    assert figures["socrate_documents_ended_total", "ready"] == 5
    assert figures["socrate_document_seconds_total", "ready"] == 42.5


async def test_without_a_database_only_known_metrics_are_exported() -> None:
    async def fail() -> Totals:
        raise DatabaseUnavailable

    app = make_web_app(FakeSource(make_failing("database", "The database does not answer.")))
    app.add_routes(list_metrics_routes(FakeSource(make_failing("database", "Away.")), fail))
    client: TestClient[Any, Any]
    async with TestClient(TestServer(app)) as client:
        response = await client.get("/metrics")
        figures = read(await response.text())
    assert response.headers["Content-Type"].startswith("text/plain")
    assert figures["socrate_check_ok", "database"] == 0
    assert figures["socrate_check_ok", "storage"] == 1
    assert ("socrate_documents", "ready") not in figures
