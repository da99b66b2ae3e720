"""Finds rows that contradict each other: references to rows of other tenants or to no row, chats of somebody else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, aliased

from db.models import Citation, Document, Event, OutboxMessage, Question, Sketch, Task, Tenant

# Models with the chat of their owner, which has the id of the person in Telegram: only private chats are served.
IN_CHATS = (Document, Question, Task, OutboxMessage)


def count_contradictions(session: Session, now: datetime) -> dict[str, int]:
    """Return the numbers of contradicting rows by the sentence that says what is wrong with them."""
    counts = {sentence: session.scalars(statement).one() for sentence, statement in _list_statements(now)}
    return {sentence: count for sentence, count in counts.items() if count}


def _list_statements(now: datetime) -> Iterator[tuple[str, Select[int]]]:
    document = aliased(Document)
    for model, word in ((Citation, "citations"), (Sketch, "sketches")):
        joined = _count(model, model.tenant_id != document.tenant_id).join(document, document.id == model.document_id)
        yield f"{word} of documents of other tenants", joined
    yield (
        "citations of passages that the document does not have",
        _count(Citation, (Citation.passage_index < 0) | (Citation.passage_index >= document.passages)).join(
            document, (document.id == Citation.document_id) & (document.words_version == Citation.words_version)
        ),
    )
    yield (
        "tenants whose chosen document is not theirs",
        _count(Tenant, Tenant.chosen_document_id.is_not(None) & document.id.is_(None)).outerjoin(
            document, (document.id == Tenant.chosen_document_id) & (document.tenant_id == Tenant.id)
        ),
    )
    yield (
        "questions about documents of other tenants",
        _count(Question, Question.tenant_id != document.tenant_id).join(document, document.id == Question.document_id),
    )
    for each in IN_CHATS:
        owner = _count(each, each.chat_id != Tenant.telegram_id).join(Tenant, Tenant.id == each.tenant_id)
        yield f"{each.__tablename__} in the chat of somebody else", owner
    yield "events in the future", _count(Event, Event.at > now)


def _count(model: Any, condition: ColumnElement[bool]) -> Select[int]:
    return select(func.count()).select_from(model).where(condition)
