"""Migration 0010 moves what is owed into the outbox, on both databases."""

from __future__ import annotations

from typing import Any

from alembic import command
from sqlalchemy import select

from db.engine import Database
from db.models import Document, OutboxMessage
from processing.notifications.content import decode_view
from processing.types import DocumentView
from tests.integration.maintenance.test_migrations import NOW, OLD_ROWS, WORK, make_config, reflect


def test_documents_that_are_over_are_told_from_the_outbox_and_deleted(empty_url: str) -> None:
    """Their rows stayed until the message was delivered; now the message says all that it shows."""
    database = Database(empty_url)
    over = {"state": "failed", "error_key": "locked", "error_facts": {"pages": 3}, "done": 0, "hashes": {}}
    with database.engine.begin() as connection:
        command.upgrade(make_config(connection), "0009")
        tables = reflect(connection)
        connection.execute(tables["tenants"].insert().values(OLD_ROWS["tenants"]))
        for number, due in enumerate([NOW, None]):
            values = make_new_work() | over | {"id": str(number) * 16, "sha256": str(number) * 64, "deliver_at": due}
            connection.execute(tables["documents"].insert().values(values))
    database.migrate()
    with database.upkeep(reading=True) as session:
        assert session.scalars(select(Document)).all() == []
        (message,) = session.scalars(select(OutboxMessage)).all()
    view = decode_view(DocumentView, message.content)
    assert (view.state, view.error_key, view.error_facts, view.name) == ("failed", "locked", {"pages": 3}, "Walrus.pdf")
    database.close()


def make_new_work() -> dict[str, Any]:
    """The columns of a document at revision 0009 that have no default."""
    work = {name: value for name, value in WORK.items() if name not in ("fence", "tell_at")}
    return work | {"fencing_token": 4, "name": "Walrus.pdf", "kind": "pdf", "size_bytes": 10}
