"""Ready documents of earlier versions, whose rows do not say yet how much is stored for them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from db.models import Document
from db.operations.claims import change
from db.states import State


def list_unmeasured(session: Session, after: str, limit: int) -> Sequence[Document]:
    """Return ready documents without ``stored_bytes`` whose ids come after ``after``, in the order of their ids."""
    unknown = (Document.state == State.READY) & Document.stored_bytes.is_(None) & (Document.id > after)
    return session.scalars(select(Document).where(unknown).order_by(Document.id).limit(limit)).all()


def write_measured(session: Session, document_id: str, stored_bytes: int) -> None:
    """Write what is stored for the document, unless its row is gone or says so already."""
    unknown = (Document.id == document_id) & (Document.state == State.READY) & Document.stored_bytes.is_(None)
    change(session, update(Document).where(unknown).values(stored_bytes=stored_bytes))
