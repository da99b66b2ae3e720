"""Answers a question: finds passages and lets the language model write, if there is one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from db.models import Question
from db.operations.documents import SomeDocument
from db.states import State
from errors import ModelUnavailable
from processing.documents.films.renewal import request_renewals
from processing.language.detect import detect_language
from processing.language.tokens import list_words
from processing.questions.generation.generate import CheckWanted, is_over_budget, write_answer_from_any
from processing.questions.history import Conversation, read_conversation
from processing.questions.intent import is_overview
from processing.questions.select import choose_passages
from processing.questions.view import view_answer
from processing.retrieval.ranking.dense import can_compare, is_foreign
from processing.retrieval.search import LoadedIndex
from processing.services import WorkerServices
from processing.types import Answer, AnswerView, Quote

MODEL_QUOTES, OTHER_QUOTES = 6, 2
# The language of a question with fewer words is not recognised reliably.
MIN_WORDS = 4
MAX_LANGUAGES_COMPARED = 20


def answer_question(
    services: WorkerServices, question: Question, asked: Sequence[SomeDocument], check: CheckWanted
) -> Answer:
    """Return passages that answer the question, and the text that the language model writes from them.

    The passages are those of the documents ``asked``, or of another document if only that one certainly answers. There
    is no text if no model is set up, if the person's tokens of the day are used up, or if the model is unavailable or
    finds no answer. ``check`` is called while the model writes; it raises an error if the answer is no longer wanted.
    """
    conversation = read_conversation(services, question)
    whole = is_overview(question.text)
    quotes = find_quotes(services, asked, conversation, whole=whole)
    choose = partial(choose_passages, services, question, conversation.words, quotes)
    note = choose_note(asked, services.embedder.model)
    request_renewals(services, question.tenant_id, question.chat_id, asked)
    if services.model is None:
        return add_hint(services, question, asked, choose("note_overview" if whole else note))
    if is_over_budget(services, question.tenant_id):
        return choose("note_budget_spent")
    view = view_sources(services, question, asked, conversation, quotes)
    try:
        answer = write_answer_from_any(services, question, view, conversation.words, conversation.exchanges, check)
    except ModelUnavailable:
        return choose("note_model_down")
    return add_hint(services, question, asked, answer if answer.note_key else replace(answer, note_key=note))


def find_quotes(
    services: WorkerServices, asked: Sequence[SomeDocument], conversation: Conversation, *, whole: bool
) -> tuple[Quote, ...]:
    """Return the best passages. For a question about whole documents (``whole``) return their first passages."""
    if whole:
        return services.index_cache.list_openings(asked, limit=MODEL_QUOTES)
    return services.index_cache.list_quotes(asked, conversation.words, MODEL_QUOTES)


def view_sources(
    services: WorkerServices,
    question: Question,
    asked: Sequence[SomeDocument],
    conversation: Conversation,
    quotes: tuple[Quote, ...],
) -> AnswerView:
    """Return the view with the passages for the model: ``quotes``, and a few for the question's other meaning.

    A question may continue the conversation or not. The model sees the conversation and can tell which is meant.
    """
    others: tuple[Quote, ...] = ()
    if conversation.other_words:
        others = services.index_cache.list_quotes(asked, conversation.other_words, OTHER_QUOTES)
    known = {(quote.document_id, quote.index) for quote in quotes}
    sources = quotes + tuple(quote for quote in others if (quote.document_id, quote.index) not in known)
    scope = asked[0].name if question.document_id else None
    return view_answer(question, services.get_language(question.tenant_id), scope, Answer(quotes=sources))


def add_hint(services: WorkerServices, question: Question, asked: Sequence[SomeDocument], answer: Answer) -> Answer:
    """Return the answer, with a note if nothing was found because question and documents are in different languages."""
    found = answer.text or any(quote.relevant for quote in answer.quotes)
    if found or answer.note_key or len(list_words(question.text)) < MIN_WORDS:
        return answer
    indexes = [services.index_cache.open_index(document) for document in asked[:MAX_LANGUAGES_COMPARED]]
    foreign = all(is_out_of_reach(services, question.text, index) for index in indexes)
    return replace(answer, note_key="note_other_language") if foreign else answer


def is_out_of_reach(services: WorkerServices, question: str, index: LoadedIndex) -> bool:
    """Return whether the question is in another language than the document, and their meaning can't be compared."""
    language = index.lexical.language
    foreign = is_foreign(detect_language(question), language)
    return foreign and not can_compare(services.embedder, index.model, language, question)


def choose_note(asked: Sequence[SomeDocument], model: str) -> str:
    """Return the key of the note for documents that could not be searched completely, or an empty string."""
    if any(document.state != State.READY for document in asked):
        return "note_partial"
    return "note_other_model" if any(document.model not in (None, model) for document in asked) else ""
