"""From rows to what people are shown."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from db.models import FAILED, READY, Document, Question
from processing.results import Answer, AnswerView, DocumentView, Places, Quote
from processing.rules.progress import measure_percent


def view_document(document: Document, language: str, now: datetime, **more: Any) -> DocumentView:
    """The document as its owner may see it; ``more`` fills what the row does not know (time left, place)."""
    start, end = document.started_at or document.created_at, document.finished_at or now
    return DocumentView(
        id=document.id,
        tenant_id=document.tenant_id,
        language=language,
        chat_id=document.chat_id,
        message_id=document.message_id,
        name=document.name,
        kind=document.kind,
        size_bytes=document.size_bytes,
        state=document.state,
        stage=document.stage,
        done=document.done,
        total=document.total,
        percent=100 if document.state == READY else measure_percent(document.stage, document.done, document.total),
        pages=document.pages,
        passages=document.passages,
        searchable=document.words_fence is not None,
        elapsed=max(0.0, (end - start).total_seconds()),
        cancelling=document.cancel_requested,
        error_key=document.error_key,
        error_facts=document.error_facts,
        retryable=document.state == FAILED and is_retryable(document),
        **more,
    )


def is_retryable(document: Document) -> bool:
    """A failure of ours may be tried again; what is wrong with the file itself will not change."""
    return bool(document.error_facts.get("retryable"))


def view_answer(question: Question, language: str, scope: str | None, answer: Answer | None = None) -> AnswerView:
    return AnswerView(
        id=question.id,
        tenant_id=question.tenant_id,
        language=language,
        chat_id=question.chat_id,
        message_id=question.message_id,
        question=question.text,
        state=question.state,
        document_id=question.document_id,
        scope=scope,
        answer=answer or read_answer(question.answer),
        error_key=question.error_key,
        asked_id=question.asked_id,
        kind=question.kind,
    )


def read_answer(stored: dict[str, Any]) -> Answer:
    """The answer as ``dataclasses.asdict`` stored it in the row."""
    quotes, places = map(read_quote, stored.get("quotes", ())), map(read_places, stored.get("places", ()))
    return Answer(tuple(quotes), stored.get("text", ""), stored.get("note_key", ""), tuple(places))


def read_quote(stored: dict[str, Any]) -> Quote:
    """JSON makes lists of what were tuples."""
    pairs = {name: tuple((one, other) for one, other in stored.get(name, ())) for name in ("marks", "turns")}
    return Quote(**stored | pairs | {"mark": tuple(stored["mark"])})


def read_places(stored: dict[str, Any]) -> Places:
    return Places(**stored | {"listed": tuple((page, times) for page, times in stored["listed"])})
