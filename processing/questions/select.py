"""The passages to show where no model writes, or where it finds no answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from db.models import Question
from db.operations import documents
from processing.questions.history import leans
from processing.retrieval.references import list_pages
from processing.services import WorkerServices
from processing.types import Answer, Quote

SHOWN_QUOTES = 3


def choose_passages(
    services: WorkerServices, question: Question, words: str, quotes: Sequence[Quote], note: str
) -> Answer:
    """The best ``quotes`` of what was asked; where none is telling, those of another document that surely answers."""
    relevant = any(quote.relevant for quote in quotes)
    others = () if relevant else find_elsewhere(services, question, words, SHOWN_QUOTES)
    return Answer(quotes=(others or tuple(quotes))[:SHOWN_QUOTES], note_key=note)


def find_elsewhere(services: WorkerServices, question: Question, words: str, limit: int) -> tuple[Quote, ...]:
    """Where one document was asked: passages of that other one of the tenant's that surely answers, if one does."""
    tenant_id = question.tenant_id
    if question.document_id is None or list_pages(words) or leans(words.partition("\n")[0]):
        return ()
    with services.database.tenant(tenant_id, reading=True) as session:
        searchable = documents.list_searchable(session, tenant_id)
    others = [document for document in searchable if document.id != question.document_id]
    found = services.index_cache.find_quotes(others, words, limit, strict=True)
    sure = next((quote.document_id for quote in found if quote.relevant), None)
    return tuple(quote for quote in found if quote.document_id == sure)


def list_nearest(quotes: Sequence[Quote]) -> tuple[Quote, ...]:
    """A few to look at, none of which is said to answer."""
    return tuple(replace(quote, relevant=False) for quote in quotes[:SHOWN_QUOTES])
