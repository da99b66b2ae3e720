"""Answers a question: finds passages and lets the language model write, if there is one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from db.models import Document, Question
from db.operations import documents, tenants
from db.states import QuestionKind, State
from errors import ModelUnavailable
from processing.jobs.kind import check_wanted
from processing.language.detect import detect_language
from processing.language.tokens import list_words
from processing.questions.find import find_occurrences
from processing.questions.generation.generate import is_over_budget, write_answer_from_any
from processing.questions.history import choose_other_words, choose_words, list_exchanges
from processing.questions.intent import is_overview
from processing.questions.select import choose_passages
from processing.questions.view import view_answer
from processing.runtime.leases import Lease
from processing.services import WorkerServices
from processing.types import Answer, Exchange, Quote

MODEL_QUOTES, OTHER_QUOTES = 6, 2
# The language of a text with fewer words can't be told.
FEWEST_WORDS = 4
MOST_LOOKED_INTO = 20


def answer_question(services: WorkerServices, question: Question, lease: Lease) -> Answer:
    """Return the best passages, with the model's text if there is a model; for words to find, their occurrences."""
    check = partial(check_wanted, services, question, lease)
    check()
    asked, language = list_asked(services, question)
    if question.kind == QuestionKind.FIND:
        return find_occurrences(services.index_cache, asked, question.text, check)
    exchanges = list_exchanges(services, question)
    words = choose_words(question.text, exchanges)
    whole = is_overview(question.text)
    find = services.index_cache.list_openings if whole else partial(services.index_cache.list_quotes, question=words)
    quotes = find(asked, limit=MODEL_QUOTES)
    choose = partial(choose_passages, services, question, words, quotes)
    note = choose_note(asked, services.embedder.model)
    if services.model is None:
        return add_hint(services, question, asked, choose("note_overview" if whole else note))
    if is_over_budget(services, question.tenant_id):
        return choose("note_budget_spent")
    scope = asked[0].name if question.document_id else None
    view = view_answer(
        question, language, scope, Answer(quotes=add_others(services, question, asked, exchanges, quotes))
    )
    try:
        answer = write_answer_from_any(services, question, view, words, exchanges, check)
    except ModelUnavailable:
        return choose("note_model_down")
    return add_hint(services, question, asked, answer if answer.note_key else replace(answer, note_key=note))


def add_hint(services: WorkerServices, question: Question, asked: Sequence[Document], answer: Answer) -> Answer:
    """Add the note that question and documents are in different languages, if nothing was found."""
    found = answer.text or any(quote.relevant for quote in answer.quotes)
    if found or answer.note_key or len(list_words(question.text)) < FEWEST_WORDS:
        return answer
    language = detect_language(question.text)
    others = {services.index_cache.open_index(document).lexical.language for document in asked[:MOST_LOOKED_INTO]}
    foreign = language and "" not in others and language not in others
    return replace(answer, note_key="note_other_language") if foreign else answer


def add_others(
    services: WorkerServices,
    question: Question,
    asked: Sequence[Document],
    exchanges: Sequence[Exchange],
    quotes: tuple[Quote, ...],
) -> tuple[Quote, ...]:
    """Add a few passages for the other reading of a question in a conversation; the model sees which one was meant."""
    words = choose_other_words(question.text, exchanges)
    others = services.index_cache.list_quotes(asked, words, OTHER_QUOTES) if words else ()
    known = {(quote.document_id, quote.index) for quote in quotes}
    return quotes + tuple(quote for quote in others if (quote.document_id, quote.index) not in known)


def choose_note(asked: Sequence[Document], model: str) -> str:
    """The key of the note for documents that could not be searched completely, or an empty string."""
    if any(document.state != State.READY for document in asked):
        return "note_partial"
    return "note_other_model" if any(document.model not in (None, model) for document in asked) else ""


def list_asked(services: WorkerServices, question: Question) -> tuple[list[Document], str]:
    """The documents that are asked, and the language of the person."""
    tenant_id = question.tenant_id
    with services.database.tenant(tenant_id, reading=True) as session:
        language = tenants.get_tenant(session, tenant_id).language
        if question.document_id is None:
            return list(documents.list_searchable(session, tenant_id)), language
        return [documents.get_document(session, tenant_id, question.document_id)], language
