"""Metrics for Prometheus: totals over all people, with no name or id of anybody."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bot.web.health import CHECK_SECONDS
from bot.web.status import Status, StatusSource
from processing.maintenance.health import WORKER_ALIVE, Totals
from processing.runtime.loops import list_loops
from processing.types import Queue

GetTotals = Callable[[], Awaitable[Totals]]


def list_metrics_routes(source: StatusSource, get_totals: GetTotals) -> list[web.RouteDef]:
    """Return the route ``/metrics``, which works without the metrics of the database while that does not answer."""

    async def give_metrics(_request: web.Request) -> web.StreamResponse:
        status, totals = await source.get_status(), None
        with suppress(Exception):
            async with asyncio.timeout(CHECK_SECONDS):
                totals = await get_totals()
        text = generate_metrics(status, totals)
        return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": "no-store"})

    return [web.get("/metrics", give_metrics)]


def generate_metrics(status: Status, totals: Totals | None) -> bytes:
    """Return the metrics in Prometheus' text format; without ``totals``, those from the database are left out."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Figures(status, totals))
    return generate_latest(registry)


class Figures(Collector):
    """Collects the metrics of one moment; ``totals`` is None if the database does not answer."""

    def __init__(self, status: Status, totals: Totals | None) -> None:
        self.status, self.totals = status, totals

    def collect(self) -> Iterator[Metric]:
        status = self.status
        yield make_gauge("socrate_up_seconds", "Seconds since this process started.", {"": status.uptime})
        checks = {name: float(check.ok) for name, check in status.checks.items()}
        yield make_gauge("socrate_check_ok", "1 if the health check passes, else 0.", checks, "check")
        failures = {loop.name: loop.failures for loop in list_loops()}
        yield make_counter("socrate_loop_failures", "Failed rounds of the loops of this process.", failures, "loop")
        if self.totals is not None:
            yield from self._collect_known(self.totals)

    def _collect_known(self, totals: Totals) -> Iterator[Metric]:
        status = self.status
        yield make_gauge("socrate_documents", "Documents by state.", status.counts, "state")
        yield make_gauge("socrate_queue_length", "Documents waiting in the queue.", {"": status.queue_length})
        yield make_gauge(
            "socrate_oldest_wait_seconds",
            "How long the oldest document in the queue has waited, in seconds.",
            {"": status.oldest_wait or 0.0},
        )
        alive = [worker.queue for worker in status.workers if worker.seen_seconds_ago < WORKER_ALIVE.total_seconds()]
        workers: dict[str, int] = {queue: alive.count(queue) for queue in Queue}
        yield make_gauge("socrate_workers_alive", "Workers that sent a heartbeat lately, by queue.", workers, "queue")
        yield make_gauge(
            "socrate_updates_waiting", "Updates in the inbox that are not handled yet.", {"": totals.updates_waiting}
        )
        yield make_gauge("socrate_dead_letters", "Updates whose handler failed for good.", {"": totals.dead_letters})
        yield make_counter("socrate_documents_ended", "Documents that ended, by outcome.", totals.ended)
        yield make_counter(
            "socrate_document_seconds",
            "Seconds that these documents took from start to end, by outcome.",
            totals.seconds,
        )


def make_gauge(name: str, sentence: str, values: dict[str, int] | dict[str, float], label: str = "") -> Metric:
    """Return a gauge with one figure for each value of ``label``; without a label, ``values`` has the key "" only."""
    family = GaugeMetricFamily(name, sentence, labels=[label] if label else None)
    for value, figure in values.items():
        family.add_metric([value] if label else [], figure)
    return family


def make_counter(name: str, sentence: str, values: dict[str, int] | dict[str, float], label: str = "outcome") -> Metric:
    """Return a counter with one figure for each value of ``label``."""
    family = CounterMetricFamily(name, sentence, labels=[label])
    for value, figure in values.items():
        family.add_metric([value], figure)
    return family
