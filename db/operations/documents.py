"""A tenant's documents: add, find, list, count, rename and delete them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute, Session

from db.models import Document
from db.operations.claims import change
from db.states import UNFINISHED, State
from errors import AlreadyHere, DocumentNotFound


class SearchableDocument(NamedTuple):
    """What a search needs of a document's row, because a person may have ten thousand of them."""

    id: str
    tenant_id: int
    name: str
    state: str
    words_version: int
    archive_version: int | None
    model: str | None
    hashes: dict[str, Any]


SomeDocument = Document | SearchableDocument


def add_document(session: Session, tenant_id: int, document: Document) -> Document:
    """Insert the row and return it. Raise ``AlreadyHere`` if the tenant has a document with the same bytes."""
    document.tenant_id = tenant_id
    session.add(document)
    try:
        session.flush()
    except IntegrityError:
        raise AlreadyHere(document_id="", name=document.name) from None
    return document


def find_document(session: Session, tenant_id: int, document_id: str) -> Document | None:
    return session.scalars(select(Document).where(Document.tenant_id == tenant_id, Document.id == document_id)).first()


def get_document(session: Session, tenant_id: int, document_id: str) -> Document:
    """Return the document. Raise ``DocumentNotFound`` if it is missing or another tenant's."""
    document = find_document(session, tenant_id, document_id)
    if document is None:
        raise DocumentNotFound
    return document


def find_same(session: Session, tenant_id: int, *, unique_id: str | None = None, sha256: str = "") -> Document | None:
    """Return the tenant's document with this SHA-256 (in hexadecimal) or, without ``sha256``, this Telegram file id."""
    same = Document.sha256 == sha256 if sha256 else Document.unique_id == unique_id
    if not sha256 and not unique_id:
        return None
    return session.scalars(select(Document).where(Document.tenant_id == tenant_id, same)).first()


def find_by_message(session: Session, tenant_id: int, chat_id: int, message_id: int, bot_id: int) -> Document | None:
    """The document whose progress and outcome this message of the bot shows, or None."""
    here = (Document.chat_id == chat_id) & (Document.message_id == message_id) & Document.bot_id.in_((0, bot_id))
    return session.scalars(select(Document).where(Document.tenant_id == tenant_id, here)).first()


def list_documents(session: Session, tenant_id: int, *, limit: int = 1000, offset: int = 0) -> Sequence[Document]:
    """A page of the tenant's documents, newest first."""
    mine = select(Document).where(Document.tenant_id == tenant_id)
    return session.scalars(mine.order_by(Document.created_at.desc(), Document.id).limit(limit).offset(offset)).all()


def list_searchable(session: Session, tenant_id: int) -> Sequence[SearchableDocument]:
    """Documents that can be searched: ready ones, and those in work whose text is cut into passages. Oldest first."""
    columns = [getattr(Document, name) for name in SearchableDocument._fields]
    found = select(*columns).where(Document.tenant_id == tenant_id, _is_searchable())
    return [SearchableDocument(*row) for row in session.execute(found.order_by(Document.created_at))]


def has_searchable(session: Session, tenant_id: int) -> bool:
    """Return True if at least one document can be searched."""
    found = select(Document.id).where(Document.tenant_id == tenant_id, _is_searchable()).limit(1)
    return session.scalars(found).first() is not None


def find_searchable_name(session: Session, tenant_id: int, document_id: str) -> str | None:
    """Return the name of the document, or None if it cannot be searched."""
    mine = (Document.tenant_id == tenant_id) & (Document.id == document_id)
    return session.scalars(select(Document.name).where(mine, _is_searchable())).first()


def _is_searchable() -> ColumnElement[bool]:
    return Document.words_version.is_not(None) & Document.state.in_((*UNFINISHED, State.READY))


def list_unfinished(session: Session, tenant_id: int) -> Sequence[Document]:
    """Queued documents and those in work, oldest first."""
    mine = select(Document).where(Document.tenant_id == tenant_id, Document.state.in_(UNFINISHED))
    return session.scalars(mine.order_by(Document.created_at)).all()


def count_documents(session: Session, tenant_id: int) -> int:
    return session.scalars(select(func.count()).select_from(Document).where(Document.tenant_id == tenant_id)).one()


def get_used_bytes(session: Session, tenant_id: int) -> int:
    """Return the bytes that count against the quota: all that is stored or reserved for the tenant's documents."""
    return _sum_bytes(session, tenant_id, func.coalesce(Document.stored_bytes, Document.size_bytes))


def get_sent_bytes(session: Session, tenant_id: int) -> int:
    """Return the bytes of the files that the tenant sent, without what was made from them."""
    return _sum_bytes(session, tenant_id, Document.size_bytes)


def _sum_bytes(session: Session, tenant_id: int, column: ColumnElement[int] | InstrumentedAttribute[int]) -> int:
    """Return the sum over the tenant's documents. Nothing of a cancelled one is kept, so it is left out."""
    counted = (Document.tenant_id == tenant_id) & (Document.state != State.CANCELLED)
    return int(session.scalars(select(func.coalesce(func.sum(column), 0)).where(counted)).one())


def rename_document(session: Session, tenant_id: int, document_id: str, name: str) -> Document:
    """Rename the document and return it. Raise ``DocumentNotFound`` if it is missing or another tenant's."""
    document = get_document(session, tenant_id, document_id)
    document.name = name
    return document


def take_version(session: Session, tenant_id: int, document_id: str) -> int | None:
    """Raise the fencing token of a finished document and return it. Return None if there is no such document.

    Files that are stored under the token are then those of the caller alone.
    """
    finished = (Document.tenant_id == tenant_id) & (Document.id == document_id) & (Document.state == State.READY)
    raised = {"fencing_token": Document.fencing_token + 1}
    if not change(session, update(Document).where(finished).values(**raised)):
        return None
    return session.scalars(select(Document.fencing_token).where(finished)).one()


def replace_archive(
    session: Session, tenant_id: int, document_id: str, fencing_token: int, values: Mapping[str, Any]
) -> bool:
    """Write the columns of another archive to a finished document, and return whether it still has this token."""
    mine = (Document.tenant_id == tenant_id) & (Document.id == document_id) & (Document.state == State.READY)
    held = update(Document).where(mine, Document.fencing_token == fencing_token)
    return change(session, held.values(**values)) == 1


def list_ids(session: Session, tenant_id: int) -> Sequence[str]:
    return session.scalars(select(Document.id).where(Document.tenant_id == tenant_id)).all()


def delete_some(session: Session, tenant_id: int, limit: int) -> int:
    """Delete up to ``limit`` of the tenant's documents with their citations, and return their number."""
    some = select(Document.id).where(Document.tenant_id == tenant_id).limit(limit)
    return change(session, delete(Document).where(Document.tenant_id == tenant_id, Document.id.in_(some)))


def delete_document(session: Session, tenant_id: int, document_id: str) -> Document:
    """Delete the row and return it. A worker that has it in work loses its lease and stops.

    Raise ``DocumentNotFound`` if the document is missing or another tenant's.
    """
    document = get_document(session, tenant_id, document_id)
    session.delete(document)
    return document
