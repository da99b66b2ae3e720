"""Migrations create the tables of the models and carry rows over, on both databases."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, MetaData, Table, inspect, select, text
from sqlalchemy.orm import Session

from db.engine import MIGRATIONS, Database
from db.models import (
    Base,
    Citation,
    DailyStats,
    DailyUsage,
    Document,
    Event,
    InboxUpdate,
    OutboxMessage,
    Question,
    Rating,
    Task,
    Work,
)
from db.states import State, UpdateState
from processing.questions.view import read_answer
from processing.types import Answer, Occurrences, Quote

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = date(2026, 3, 1)
DOCUMENT, QUESTION, PREVIEW = "d" * 16, "a" * 16, "e" * 16
# What every row of claimable work has at revision 0007; the numbers differ so that none is taken for another.
WORK = {
    "tenant_id": 1, "state": "ready", "fence": 4, "attempts": 2, "due_at": NOW, "cancel_requested": False,
    "error_key": "storage_full", "error_facts": {"minutes": 5}, "chat_id": 1001, "message_id": 7, "tell_at": NOW,
    "created_at": NOW,
}  # fmt: skip
QUOTE = {
    "document_id": DOCUMENT, "document_name": "Walrus.pdf", "first_page": 3, "last_page": 4, "text": "Walruses dive.",
    "mark": [0, 8], "index": 5, "fence": 2, "verified": True, "telling": False, "marks": [[0, 8]], "turns": [[9, 4]],
}  # fmt: skip
PLACES = {"document_name": "Walrus.pdf", "times": 2, "pages": 1, "listed": [[3, 2]]}
# Rows of revision 0007 by table, in an order that foreign keys allow.
OLD_ROWS: dict[str, dict[str, Any]] = {
    "tenants": {"id": 1, "telegram_id": 1001, "language": "en", "created_at": NOW},
    "documents": WORK | {
        "id": DOCUMENT, "name": "Walrus.pdf", "kind": "pdf", "size_bytes": 10, "sha256": "f" * 64, "done": 1,
        "words_fence": 2, "archive_fence": 3, "hashes": {"film": "0" * 64},
    },
    "questions": WORK | {
        "id": QUESTION, "kind": "find", "text": "walrus",
        "answer": {"quotes": [QUOTE], "text": "", "note_key": "note_partial", "places": [PLACES]},
    },
    "citations": {
        "question_id": QUESTION, "number": 1, "tenant_id": 1, "document_id": DOCUMENT, "passage_index": 5, "fence": 2,
        "mark_start": 0, "mark_end": 8,
    },
    "showings": WORK | {"id": PREVIEW, "state": "queued", "tell_at": None, "question_id": QUESTION, "number": 1},
    "opinions": {"question_id": QUESTION, "good": True, "text": "walrus", "created_at": NOW, "tenant_id": 1},
    "spendings": {"tenant_id": 1, "day": DAY, "answers": 2, "tokens_in": 30, "tokens_out": 40, "seconds": 1.5},
    "tallies": {"day": DAY, "outcome": "ready", "count": 3, "seconds": 2.5},
    "updates": {
        "bot_id": 9, "update_id": 8, "lane": 1001, "payload": {"message": 1}, "state": "aside", "attempts": 3,
        "due_at": NOW, "received_at": NOW,
    },
}  # fmt: skip


def list_differences(database: Database) -> list[object]:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, Base.metadata))


def list_tables(database: Database) -> set[str]:
    return set(inspect(database.engine).get_table_names())


def test_migrated_database_equals_the_models(database: Database) -> None:
    assert list_differences(database) == []


def test_missing_column_is_one_difference(database: Database) -> None:
    with database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE documents DROP COLUMN model")
    assert len(list_differences(database)) == 1


def test_downgrade_leaves_no_table_and_upgrade_creates_all_again(database: Database) -> None:
    downgrade(database, "base")
    assert list_tables(database) <= {"alembic_version"}
    database.migrate()
    assert list_tables(database) >= set(Base.metadata.tables)
    assert list_differences(database) == []


def test_simultaneous_migrations_wait_for_each_other(empty_url: str) -> None:
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


def test_simultaneous_first_connections_all_succeed(tmp_path: Path) -> None:
    """SQLite refuses some of several processes that switch a new file to WAL at once, without waiting."""
    files = [tmp_path / f"{number}.db" for number in range(100)]
    with ThreadPoolExecutor(4) as threads:
        for file in files:
            together = threading.Barrier(4)
            modes = list(threads.map(read_journal_mode, [file] * 4, [together] * 4))
            assert modes == ["wal"] * 4


def read_journal_mode(file: Path, together: threading.Barrier) -> str:
    database = Database(f"sqlite:///{file}")
    together.wait()
    with database.upkeep(reading=True) as session:
        mode: str = session.execute(text("PRAGMA journal_mode")).scalar_one()
    database.close()
    return mode


@pytest.fixture
def old_database(empty_url: str) -> Iterator[Database]:
    """A database at revision 0007 with a row in each table that revision 0008 changes."""
    database = Database(empty_url)
    with database.engine.begin() as connection:
        command.upgrade(make_config(connection), "0007")
        tables = reflect(connection)
        for name, values in OLD_ROWS.items():
            connection.execute(tables[name].insert().values(values))
    yield database
    database.close()


def make_config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def reflect(connection: Connection) -> Mapping[str, Table]:
    """The tables as they stand in the database, whatever the models say."""
    metadata = MetaData()
    metadata.reflect(connection)
    return metadata.tables


def read_old_rows(database: Database) -> dict[str, list[dict[str, Any]]]:
    with database.engine.begin() as connection:
        tables = reflect(connection)
        return {name: [dict(row) for row in connection.execute(tables[name].select()).mappings()] for name in OLD_ROWS}


def downgrade(database: Database, revision: str) -> None:
    with database.engine.begin() as connection:
        command.downgrade(make_config(connection), revision)


def describe_work(row: Work | None) -> tuple[object, ...]:
    assert row is not None
    facts = row.error_key, row.error_facts, row.cancel_requested
    return row.fencing_token, row.due_at, row.attempts, row.message_id, *facts


def test_models_read_the_rows_of_revision_0007_after_an_upgrade(old_database: Database) -> None:
    old_database.migrate()
    with old_database.upkeep(reading=True) as session:
        check_work(session)
        check_owed(session)
        check_records(session)


def check_work(session: Session) -> None:
    document, question, task = (
        session.get(Document, DOCUMENT),
        session.get(Question, QUESTION),
        session.get(Task, PREVIEW),
    )
    for row in (document, question, task):
        assert describe_work(row) == (4, NOW, 2, 7, "storage_full", {"minutes": 5}, False)
    assert document is not None and (document.words_version, document.archive_version) == (2, 3)
    assert task is not None and (task.kind, task.state) == ("citation_preview", State.QUEUED)
    assert (task.subject, task.arguments, task.result) == (f"{QUESTION}:1", {"question_id": QUESTION, "number": 1}, {})
    quote = Quote(
        DOCUMENT, "Walrus.pdf", 3, 4, "Walruses dive.", (0, 8), index=5, version=2, relevant=False,
        marks=((0, 8),), page_breaks=((9, 4),),
    )  # fmt: skip
    occurrences = Occurrences("Walrus.pdf", times=2, pages=1, listed=((3, 2),))
    assert question is not None
    assert read_answer(question.answer) == Answer((quote,), "", "note_partial", (occurrences,))


def check_owed(session: Session) -> None:
    """What was not delivered is in the outbox, to be rendered from the row."""
    owed = session.scalars(select(OutboxMessage).order_by(OutboxMessage.kind)).all()
    found = [(each.kind, each.subject, each.due_at, each.chat_id, each.message_id, each.content) for each in owed]
    assert found == [("document", DOCUMENT, NOW, 1001, 7, {}), ("question", QUESTION, NOW, 1001, 7, {})]


def check_records(session: Session) -> None:
    citation, rating = session.get(Citation, (QUESTION, 1)), session.get(Rating, QUESTION)
    assert citation is not None and (citation.words_version, citation.passage_index) == (2, 5)
    assert rating is not None
    assert (rating.good, rating.text, rating.created_at, rating.tenant_id) == (True, "walrus", NOW, 1)
    usage, stats = session.get(DailyUsage, (1, DAY)), session.get(DailyStats, (DAY, "ready"))
    assert usage is not None and (usage.answers, usage.tokens_in, usage.tokens_out, usage.seconds) == (2, 30, 40, 1.5)
    assert stats is not None and (stats.count, stats.seconds) == (3, 2.5)
    update = session.get(InboxUpdate, (9, 8))
    assert update is not None and (update.state, update.ordering_key) == (UpdateState.DEAD_LETTER, 1001)
    assert (update.raw, update.is_tap, update.problem) == ('{"message": 1}', False, None)


def test_downgrade_to_revision_0007_restores_every_row(old_database: Database) -> None:
    before = read_old_rows(old_database)
    assert {name: len(rows) for name, rows in before.items()} == dict.fromkeys(OLD_ROWS, 1)
    old_database.migrate()
    downgrade(old_database, "0007")
    assert read_old_rows(old_database) == before


def test_updates_are_carried_over_both_ways(empty_url: str) -> None:
    """A handled one is empty, one with a NUL stays as it was, and a text that was cut is no JSON any more."""
    database = Database(empty_url)
    tap = {"update_id": 2, "callback_query": {"data": "\x00\ud800"}}
    row = {"bot_id": 9, "ordering_key": 7, "state": "waiting", "attempts": 0, "due_at": NOW, "received_at": NOW}
    with database.engine.begin() as connection:
        command.upgrade(make_config(connection), "0008")
        for update_id, payload in ((1, {}), (2, tap)):
            values = row | {"update_id": update_id, "payload": payload}
            connection.execute(reflect(connection)["updates"].insert().values(**values))
    database.migrate()
    with database.upkeep() as session:
        handled, waiting = (session.get_one(InboxUpdate, (9, number)) for number in (1, 2))
        assert (handled.raw, handled.is_tap) == ("", False)
        assert (json.loads(waiting.raw), waiting.is_tap) == (tap, True)
        session.add(InboxUpdate(update_id=3, raw='{"update_id": 3, "mess', is_tap=False, **row))
    downgrade(database, "0008")
    with database.engine.begin() as connection:
        rows = connection.execute(reflect(connection)["updates"].select()).mappings().all()
    assert {row["update_id"]: row["payload"] for row in rows} == {1: {}, 2: tap, 3: {}}
    database.close()


def test_downgrade_drops_tasks_that_revision_0007_has_no_table_for(old_database: Database) -> None:
    old_database.migrate()
    with old_database.upkeep() as session:
        session.add(Task(id="c" * 16, tenant_id=1, kind="export", subject="", chat_id=1001, created_at=NOW, due_at=NOW))
    downgrade(old_database, "0007")
    assert [row["id"] for row in read_old_rows(old_database)["showings"]] == [PREVIEW]


def test_what_was_sent_and_asked_before_revision_0011_still_counts(old_database: Database) -> None:
    with old_database.engine.begin() as connection:
        documents, retryable = reflect(connection)["documents"], {"error_facts": {"retryable": True}}
        failed = OLD_ROWS["documents"] | {"id": "9" * 16, "sha256": "9" * 64, "state": "failed"} | retryable
        connection.execute(documents.insert().values(failed))
    old_database.migrate()
    with old_database.upkeep(reading=True) as session:
        ready, other = session.get(Document, DOCUMENT), session.get(Document, "9" * 16)
        assert ready is not None and ready.stored_bytes is None
        assert other is not None and other.stored_bytes == other.size_bytes == 10
        events = [session.get(Event, (1, *key)) for key in (("upload", DOCUMENT), ("question", QUESTION))]
    assert [event and event.at for event in events] == [NOW, NOW]
