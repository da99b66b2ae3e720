"""Alice and Charlie, two tenants who must not see what the other owns."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from db.engine import Database
from db.models import Document, OutboxMessage, Question
from db.operations import documents, outbox, questions
from db.operations.upkeep import accounts
from db.states import OutboxState, State
from processing.jobs.kind import make_message
from tests.doubles import Clock


@dataclass(frozen=True)
class People:
    """The tenant ids of both, and methods that add rows for them."""

    alice: int
    charlie: int
    database: Database
    clock: Clock

    def add_document(self, tenant_id: int, **values: Any) -> Document:
        document = make_document(self.clock, **values)
        with self.database.tenant(tenant_id) as session:
            return documents.add_document(session, tenant_id, document)

    def add_question(self, tenant_id: int, **values: Any) -> Question:
        question = Question(**make_work(self.clock) | {"text": "Why?", "answer": {}} | values)
        with self.database.tenant(tenant_id) as session:
            return questions.add_question(session, tenant_id, question)

    def owe(self, row: Document | Question, **values: Any) -> OutboxMessage:
        """A message about this row in the outbox, rendered from the row."""
        kind = "document" if isinstance(row, Document) else "question"
        message = make_message(kind, row, {}, self.clock())
        for name, value in values.items():
            setattr(message, name, value)
        with self.database.tenant(row.tenant_id) as session:
            outbox.add_message(session, row.tenant_id, message)
        return message

    def list_owed(self, tenant_id: int, state: str = OutboxState.WAITING) -> list[OutboxMessage]:
        """The tenant's messages in the outbox that are in this state, oldest first."""
        with self.database.tenant(tenant_id, reading=True) as session:
            found = select(OutboxMessage).where(OutboxMessage.state == state)
            return list(session.scalars(found.order_by(OutboxMessage.created_at)))

    def read(self, document_id: str) -> Document | None:
        """The document's row, of any tenant; None if it is gone."""
        with self.database.upkeep(reading=True) as session:
            return session.get(Document, document_id)


def meet_people(database: Database, clock: Clock) -> People:
    with database.upkeep() as session:
        alice, charlie = (accounts.ensure_tenant(session, number, "en", clock()).id for number in (1001, 1003))
    return People(alice, charlie, database, clock)


def make_work(clock: Clock) -> dict[str, Any]:
    return {
        "id": secrets.token_hex(8),
        "state": State.QUEUED,
        "fencing_token": 0,
        "attempts": 0,
        "chat_id": 1,
        "message_id": 5,
        "created_at": clock(),
        "due_at": clock(),
        "cancel_requested": False,
        "error_facts": {},
    }


def make_document(clock: Clock, **values: Any) -> Document:
    own = {"name": "Lease.pdf", "kind": "pdf", "size_bytes": 10, "sha256": secrets.token_hex(32), "done": 0}
    return Document(**make_work(clock) | own | {"hashes": {}} | values)
