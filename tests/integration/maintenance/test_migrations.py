"""What migrations make is what the models say, on both databases."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from db.engine import MIGRATIONS, Database
from db.models import Base


def list_differences(database: Database) -> list[object]:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, Base.metadata))


def list_tables(database: Database) -> set[str]:
    return set(inspect(database.engine).get_table_names())


def test_migrations_equal_models(database: Database) -> None:
    assert list_differences(database) == []


def test_a_difference_would_be_seen(database: Database) -> None:
    with database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE documents DROP COLUMN model")
    assert len(list_differences(database)) == 1


def test_down_to_nothing_and_up_again(database: Database) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with database.engine.connect() as connection, connection.begin():
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    assert list_tables(database) <= {"alembic_version"}
    database.migrate()
    assert list_tables(database) >= set(Base.metadata.tables)
    assert list_differences(database) == []


def test_starts_side_by_side_wait_for_each_other(empty_url: str) -> None:
    errors: list[Exception] = []

    def migrate() -> None:
        try:
            database = Database(empty_url)
            database.migrate()
            database.close()
        except Exception as error:
            errors.append(error)

    starts = [threading.Thread(target=migrate) for _ in range(4)]
    for start in starts:
        start.start()
    for start in starts:
        start.join()
    assert errors == []


def test_first_connections_at_once_all_succeed(tmp_path: Path) -> None:
    """SQLite refuses some of those that switch a new file to WAL side by side, without waiting."""
    files = [tmp_path / f"{number}.db" for number in range(100)]
    with ThreadPoolExecutor(4) as threads:
        for file in files:
            together = threading.Barrier(4)
            modes = list(threads.map(first_mode, [file] * 4, [together] * 4))
            assert modes == ["wal"] * 4


def first_mode(file: Path, together: threading.Barrier) -> str:
    database = Database(f"sqlite:///{file}")
    together.wait()
    with database.upkeep(reading=True) as session:
        mode: str = session.execute(text("PRAGMA journal_mode")).scalar_one()
    database.close()
    return mode
