"""Selects the passages that are shown if no model writes an answer, and those of other documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from db.models import Question
from db.operations import documents
from processing.questions.history import depends_on_history
from processing.retrieval.ranking.references import list_pages
from processing.services import WorkerServices
from processing.types import Answer, Quote

SHOWN_QUOTES = 3


def choose_passages(
    services: WorkerServices, question: Question, words: str, quotes: Sequence[Quote], note: str
) -> Answer:
    """Return an answer with the first ``quotes``, or if none is relevant with those of ``list_from_other_document``."""
    relevant = any(quote.relevant for quote in quotes)
    others = () if relevant else list_from_other_document(services, question, words, SHOWN_QUOTES)
    return Answer(quotes=(others or tuple(quotes))[:SHOWN_QUOTES], note_key=note)


def list_from_other_document(services: WorkerServices, question: Question, words: str, limit: int) -> tuple[Quote, ...]:
    """Return passages of the other document of the tenant that answers best, if it certainly answers.

    ``words`` are those of ``Conversation``. Return nothing if no document does, or if all documents were asked. Return
    nothing either if the question names a page, or depends on one that is no longer known, because such questions are
    about the chosen document.
    """
    tenant_id = question.tenant_id
    if question.document_id is None or list_pages(words) or depends_on_history(words.partition("\n")[0]):
        return ()
    with services.database.tenant(tenant_id, reading=True) as session:
        searchable = documents.list_searchable(session, tenant_id)
    others = [document for document in searchable if document.id != question.document_id]
    found = services.index_cache.list_quotes(others, words, limit, strict=True)
    certain = next((quote.document_id for quote in found if quote.relevant), None)
    return tuple(quote for quote in found if quote.document_id == certain)


def list_nearest(quotes: Sequence[Quote]) -> tuple[Quote, ...]:
    """Return the first few quotes, as not relevant."""
    return tuple(replace(quote, relevant=False) for quote in quotes[:SHOWN_QUOTES])
