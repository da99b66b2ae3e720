"""Servers that tests share: started at the first use, stopped at the end."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from processing.runtime.embedded_valkey import EmbeddedValkey
from tests.servers.programs import S3_CREDENTIALS, PostgresServer, S3Server, find_postgres

STORIES = Path(__file__).parent / "e2e"
NO_POSTGRES = "PostgreSQL's initdb is neither on the PATH nor in /usr/lib/postgresql"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Group tests for parallel runs: each file is a group; all stories are one, because each starts many processes."""
    for item in items:
        group = "stories" if STORIES in item.path.parents else str(item.path)
        item.add_marker(pytest.mark.xdist_group(group))


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A running PostgreSQL. Tests are skipped where it is not installed; in CI that is a failure."""
    programs = find_postgres()
    if programs is None and os.environ.get("CI") == "true":
        pytest.fail(NO_POSTGRES)
    if programs is None:
        pytest.skip(NO_POSTGRES)
    server = PostgresServer(programs)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[EmbeddedValkey]:
    """A private Valkey with nothing in it."""
    server = EmbeddedValkey(tmp_path / "valkey")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def s3_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Server]:
    """A server with the API of S3; its credentials are in the environment."""
    for name, value in S3_CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    server = S3Server()
    yield server
    server.stop()


@pytest.fixture
def bucket_url(s3_server: S3Server) -> str:
    """The address of an empty bucket."""
    return s3_server.make_bucket()
