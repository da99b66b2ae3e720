"""Databases of both kinds, with Alice and Charlie in them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from db.engine import Database
from processing.llm.client import open_model
from processing.services import Services
from settings import Settings, load_settings
from storage.local import LocalStorage
from tests.doubles import Clock, CountingWakeUp
from tests.integration.bench import Bench, make_bench
from tests.integration.conversation import KEY, answer_well
from tests.integration.people import People, meet_people
from tests.servers.openai_server import OpenAIServer
from tests.servers.programs import PostgresServer


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def empty_url(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without any table."""
    if kind == "sqlite":
        return f"sqlite:///{tmp_path / 'socrate.db'}"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.make_database()


@pytest.fixture(scope="session")
def template(postgres: PostgresServer) -> str:
    """The name of a migrated database on PostgreSQL: a copy is made faster than the tables."""
    url = postgres.make_database()
    migrate(url).close()
    return url.rpartition("/")[2]


@pytest.fixture
def database_url(kind: str, request: pytest.FixtureRequest) -> str:
    """A database with all tables and no rows."""
    if kind == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres")
        return server.make_database(request.getfixturevalue("template"))
    url: str = request.getfixturevalue("empty_url")
    migrate(url).close()
    return url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    made = Database(database_url)
    yield made
    made.close()


def migrate(url: str) -> Database:
    database = Database(url)
    database.migrate()
    return database


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def people(database: Database, clock: Clock) -> People:
    return meet_people(database, clock)


@pytest.fixture
def bench(tmp_path: Path, clock: Clock) -> Iterator[Bench]:
    bench = make_bench(tmp_path, clock)
    yield bench
    bench.services.database.close()


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    """A language model that answers well."""
    with OpenAIServer(write=answer_well) as server:
        yield server


@pytest.fixture
def bench_with_model(
    tmp_path: Path, clock: Clock, server: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Bench]:
    """A worker with a language model: the one of ``server``."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    bench = make_bench(tmp_path, clock, open_model(load_settings(None)))
    yield bench
    bench.services.database.close()


@pytest.fixture
def services(database: Database, clock: Clock, tmp_path: Path) -> Services:
    """The services of the bot, without a notifier."""
    settings = Settings(data_dir=tmp_path / "data")
    storage = LocalStorage(tmp_path / "storage")
    return Services(settings, database, storage, CountingWakeUp(), cast(Any, None), clock)
