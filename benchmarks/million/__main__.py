"""Measures every periodic statement over a million documents: ``python -m benchmarks.million [--documents N]``."""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from benchmarks.machine import describe_machine
from benchmarks.million.many_rows import Numbers, fill
from benchmarks.million.periodic import list_periodic
from benchmarks.million.personal import list_personal
from benchmarks.million.statements import can_be_explained, describe_plan, explain, list_scanned_tables, record
from db.engine import Database
from db.lifetimes import LIFETIMES
from processing.services import Services, read_clock
from settings import Settings
from storage.local import LocalStorage
from tests.doubles import CountingWakeUp, RecordingNotifier
from tests.servers import PostgresServer, find_postgres

RESULTS = Path("benchmarks/results/million.json")
ROUNDS = 3
Row = dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.million", description=__doc__)
    parser.add_argument("--documents", type=int, default=1_000_000)
    documents = parser.parse_args().documents
    numbers = Numbers(
        documents=documents,
        citations=10 * documents,
        tenants=documents // 10,
        questions=documents // 5,
        updates=documents,
        large=min(10_000, documents // 10),
    )
    programs = find_postgres()
    if programs is None:
        raise SystemExit("PostgreSQL's initdb is neither on the PATH nor in /usr/lib/postgresql")
    server = PostgresServer(programs)
    server.start()
    try:
        rows = measure(server.make_database(), numbers)
    finally:
        server.stop()
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    report = {"machine": describe_machine(), "documents": documents, "rows": rows}
    RESULTS.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


def measure(url: str, numbers: Numbers) -> list[Row]:
    """Fill the database, run all functions and return a row for each, with its slowest statement."""
    database = Database(url)
    database.migrate()
    began = time.perf_counter()
    fill(database, numbers)
    print(f"filled in {time.perf_counter() - began:.0f} s", flush=True)
    for name, lifetime in LIFETIMES.items():
        print(f"{name:16} kept {lifetime.kept}; ended by {', '.join(lifetime.ended_by)}")
    with tempfile.TemporaryDirectory() as folder:
        services = make_services(database, Path(folder))
        functions = list_periodic(services) | list_personal(services)
        rows = [measure_function(database, name, run) for name, run in functions.items()]
    database.close()
    return rows


def measure_function(database: Database, name: str, run: Callable[[], object]) -> Row:
    """Return the times of the best of ``ROUNDS`` runs in milliseconds, and the plan of the slowest statement."""
    best: Row = {"milliseconds": float("inf")}
    for _ in range(ROUNDS):
        began = time.perf_counter()
        with record(database.engine) as recorded:
            run()
        whole = 1000 * (time.perf_counter() - began)
        slowest = max(recorded, key=lambda one: one.milliseconds)
        if whole < best["milliseconds"]:
            best = {"milliseconds": whole, "statements": len(recorded), "slowest": slowest}
    slowest = best["slowest"]
    plan = explain(database, slowest) if can_be_explained(slowest) else {"Node Type": "none"}
    row = {
        "name": name,
        "milliseconds": best["milliseconds"],
        "statements": best["statements"],
        "slowest_milliseconds": slowest.milliseconds,
        "scanned": list_scanned_tables(plan),
        "plan": describe_plan(plan),
    }
    print(
        f"{name:24}{row['milliseconds']:9.1f} ms {row['statements']:4} statements, slowest "
        f"{row['slowest_milliseconds']:8.1f} ms: {row['plan'][:120]}",
        flush=True,
    )
    return row


def make_services(database: Database, folder: Path) -> Services:
    """Return services without files, queue and Telegram."""
    settings, storage = Settings(data_dir=folder), LocalStorage(folder / "storage")
    return Services(settings, database, storage, CountingWakeUp(), cast(Any, RecordingNotifier()), read_clock)


if __name__ == "__main__":
    main()
