"""Fills a PostgreSQL database with many rows in one statement a table, in the proportions of a system in use."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Boolean, DateTime, Float, Integer, LargeBinary, Numeric, String, Table, text

from db.engine import Database
from db.models import Base

# For row ``g``: its tenant, and its state, of which 97 % are ready.
TENANT = "1 + (g % :tenants)"
STATE = (
    "CASE WHEN g % 1000 = 0 THEN 'queued' WHEN g % 5000 = 1 THEN 'working' WHEN g % 50 = 2 THEN 'failed' "
    "WHEN g % 1000 = 3 THEN 'cancelled' ELSE 'ready' END"
)
# Of failed documents only one in a hundred failed for good; the others may be tried again by their owners.
FACTS = "CASE WHEN g % 5000 = 2 THEN '{}' ELSE '{\"retryable\": true}' END::json"
SENT = "now() - (g % 8640000) * interval '1 second'"
ENDED = f"CASE WHEN {STATE} IN ('queued', 'working') THEN NULL ELSE {SENT} END"
LEASE = f"CASE WHEN {STATE} = 'working' THEN now() + interval '20 seconds' END"
WORK = {
    "tenant_id": TENANT,
    "state": STATE,
    "fencing_token": "1",
    "attempts": "1",
    "worker": f"CASE WHEN {STATE} = 'working' THEN 'host:' || (g % 16) END",
    "lease_until": LEASE,
    "due_at": SENT,
    "created_at": SENT,
    "started_at": ENDED,
    "finished_at": ENDED,
    "chat_id": TENANT,
    "message_id": "g",
    "error_facts": FACTS,
}


@dataclass(frozen=True, slots=True)
class Numbers:
    """How many rows each table gets. The tenant 1 has ``large`` documents more than its share."""

    documents: int
    citations: int
    tenants: int
    questions: int
    updates: int
    large: int


# By table: the SQL expression of each column that is not to be empty. Other columns get NULL or a value that is empty.
ROWS = {
    "tenants": {"id": "g", "telegram_id": "100000 + g", "language": "'en'", "created_at": SENT},
    "documents": WORK
    | {
        "tenant_id": "CASE WHEN g <= :large THEN 1 ELSE 1 + (g % :tenants) END",
        "id": "lpad(to_hex(g), 16, '0')",
        "name": "'Document ' || g || '.pdf'",
        "kind": "'pdf'",
        "size_bytes": "50000",
        "sha256": "lpad(to_hex(g), 64, '0')",
        "unique_id": "'file' || g",
        "pages": "10",
        "passages": "12",
        "words_version": f"CASE WHEN {STATE} = 'ready' THEN 1 END",
        "archive_version": f"CASE WHEN {STATE} = 'ready' THEN 1 END",
        "model": "'all-MiniLM-L6-v2'",
        "hashes": "json_build_object('archive.mp4', repeat('a', 64), 'archive.json', repeat('b', 64), "
        "'archive.faiss', repeat('c', 64))",
    },
    "questions": WORK
    | {
        "id": "lpad(to_hex(g), 16, '0')",
        "kind": "'question'",
        "text": "'What does document ' || g || ' say?'",
        "answer": "'{}'::json",
        # All of the last day, because older ones are deleted.
        "created_at": "now() - (g % 86000) * interval '1 second'",
        "state": "CASE WHEN g % 1000 = 0 THEN 'queued' WHEN g % 5000 = 1 THEN 'working' ELSE 'ready' END",
    },
    "citations": {
        "question_id": "lpad(to_hex(g / 10), 16, '0')",
        "number": "1 + g % 10",
        "document_id": "lpad(to_hex(1 + g % :documents), 16, '0')",
        "passage_index": "g % 12",
        "words_version": "1",
        "tenant_id": "CASE WHEN 1 + g % :documents <= :large THEN 1 ELSE 1 + ((1 + g % :documents) % :tenants) END",
    },
    "sketches": {
        "document_id": "lpad(to_hex(g), 16, '0')",
        "format": "1",
        "words_version": "1",
        "words": "''::bytea",
        "tenant_id": "CASE WHEN g <= :large THEN 1 ELSE 1 + (g % :tenants) END",
    },
    "updates": {
        "bot_id": "1",
        "update_id": "g",
        "ordering_key": "100000 + g % :tenants",
        "payload": "CASE WHEN g % 1000 = 0 THEN '{\"message\": {}}' ELSE '{}' END::json",
        "state": "CASE WHEN g % 1000 = 0 THEN 'waiting' WHEN g % 20000 = 1 THEN 'dead_letter' ELSE 'done' END",
        "due_at": "now() - (g % 86000) * interval '1 second'",
        "received_at": "now() - (g % 86000) * interval '1 second'",
        "finished_at": "CASE WHEN g % 1000 = 0 THEN NULL ELSE now() - (g % 86000) * interval '1 second' END",
    },
    "daily_usage": {"tenant_id": "1 + (g % :tenants)", "day": "current_date - (g / :tenants)::int", "answers": "1"},
    "ratings": {
        "question_id": "lpad(to_hex(g), 16, '0')",
        "good": "true",
        "created_at": SENT,
        "tenant_id": TENANT,
    },
}


def fill(database: Database, numbers: Numbers) -> None:
    """Insert the rows, then let PostgreSQL learn their distribution."""
    count = {
        "tenants": numbers.tenants,
        "documents": numbers.documents,
        "questions": numbers.questions,
        "citations": numbers.citations,
        "sketches": numbers.documents,
        "updates": numbers.updates,
        "daily_usage": numbers.tenants,
        "ratings": numbers.questions,
    }
    values = {"tenants": numbers.tenants, "documents": numbers.documents, "large": numbers.large}
    with database.engine.begin() as connection:
        # Checking a foreign key for every row takes most of the time, and these rows fit.
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        for name, expressions in ROWS.items():
            connection.execute(
                text(make_insert(Base.metadata.tables[name], expressions)), values | {"count": count[name]}
            )
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


def make_insert(table: Table, expressions: dict[str, str]) -> str:
    """Return the statement; columns that may not be NULL and have no expression get a value that is empty."""
    columns = {
        column.name: expressions.get(column.name) or make_empty(column.type)
        for column in table.columns
        if column.name in expressions or not column.nullable
    }
    names, values = ", ".join(columns), ", ".join(columns.values())
    return f"INSERT INTO {table.name} ({names}) SELECT {values} FROM generate_series(1, :count) AS g"


def make_empty(kind: object) -> str:
    match kind:
        case Boolean():
            return "false"
        case Integer() | Numeric() | Float():
            return "0"
        case String():
            return "''"
        case LargeBinary():
            return "''::bytea"
        case DateTime():
            return "now()"
    return "now()" if "Moment" in type(kind).__name__ else "'{}'"
