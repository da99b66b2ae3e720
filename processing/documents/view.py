"""Turns rows of documents into what their owners are shown."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from db.models import Document
from db.states import UNFINISHED, State
from processing.documents.stages import measure_percent
from processing.types import DocumentView


def view_document(document: Document, language: str, now: datetime, **more: Any) -> DocumentView:
    """Return what the owner is shown. ``more`` sets fields that the row does not hold, such as ``queue_position``."""
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
        percent=100
        if document.state == State.READY
        else measure_percent(document.stage, document.done, document.total),
        pages=document.pages,
        passages=document.passages,
        searchable=document.words_version is not None and document.state in (*UNFINISHED, State.READY),
        elapsed=max(0.0, (end - start).total_seconds()),
        cancelling=document.cancel_requested,
        error_key=document.error_key,
        error_facts=document.error_facts,
        retryable=document.state == State.FAILED and is_retryable(document),
        bot_id=document.bot_id,
        **more,
    )


def is_retryable(document: Document) -> bool:
    """Return True if the document failed for a reason outside its file, so that another attempt may succeed."""
    return bool(document.error_facts.get("retryable"))
