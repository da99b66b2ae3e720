"""No periodic statement, and none that a person waits for, reads a large table from the first row to the last."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, cast

import pytest

from benchmarks.million.many_rows import ROWS, Numbers, fill
from benchmarks.million.periodic import list_periodic
from benchmarks.million.personal import list_personal
from benchmarks.million.statements import can_be_explained, explain, list_scanned_tables, record
from db.engine import Database
from errors import SocrateError
from processing.services import Services, read_clock
from settings import Settings
from storage.keys import original_key
from storage.local import LocalStorage
from tests.doubles import CountingWakeUp, RecordingNotifier
from tests.servers import PostgresServer

NUMBERS = Numbers(documents=50_000, citations=200_000, tenants=50_000, questions=20_000, updates=50_000, large=2_000)


@pytest.fixture(scope="module")
def services(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    database = Database(postgres.make_database())
    database.migrate()
    fill(database, NUMBERS)
    folder = tmp_path_factory.mktemp("many")
    made = Services(
        Settings(data_dir=folder / "data"),
        database,
        LocalStorage(folder / "storage"),
        CountingWakeUp(),
        cast(Any, RecordingNotifier()),
        read_clock,
    )
    (folder / "one").write_bytes(b"1")
    for tenant, document in ((1, f"{1:016x}"), (1, "f" * 16)):
        made.storage.save_file(original_key(tenant, document), folder / "one")
    yield made
    database.close()


def list_scans(services: Services, run: Callable[[], object]) -> list[tuple[list[str], str]]:
    """The large tables that statements of ``run`` read as a whole, with the statement."""
    # A health check that fails has made its statements all the same.
    with record(services.database.engine) as recorded, suppress(SocrateError):
        run()
    assert recorded
    scans = [
        ([table for table in list_scanned_tables(explain(services.database, one)) if table in ROWS], one.sql)
        for one in recorded
        if can_be_explained(one)
    ]
    return [(tables, sql) for tables, sql in scans if tables]


def test_periodic_statements_read_no_large_table_as_a_whole(services: Services) -> None:
    scans = {name: list_scans(services, run) for name, run in list_periodic(services).items()}
    assert {name: found for name, found in scans.items() if found} == {}


def test_statements_of_a_person_read_no_large_table_as_a_whole(services: Services) -> None:
    scans = {name: list_scans(services, run) for name, run in list_personal(services).items()}
    assert {name: found for name, found in scans.items() if found} == {}


def test_scan_of_a_large_table_is_found(services: Services) -> None:
    """The tests above would notice a statement without an index."""

    def look() -> None:
        with services.database.engine.connect() as connection:
            connection.exec_driver_sql("SELECT id FROM documents WHERE name = 'walrus'").all()

    assert [tables for tables, _ in list_scans(services, look)] == [["documents"]]
