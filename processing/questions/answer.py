"""From a question to its answer: find passages, let the model write where there is one, tell."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from functools import partial

from db.models import CANCELLED, FAILED, FIND, READY, Citation, Document, Question
from db.operations import citations, claims, documents, tenants
from db.operations.upkeep import work_queue
from errors import Cancelled, LeaseLost, ModelUnavailable, SocrateError, UserMistake, WorkerStopping
from processing.jobs.backoff import MAX_ATTEMPTS, get_pause, is_last_attempt
from processing.jobs.leases import LEASE, Held
from processing.jobs.retry import retry_transient
from processing.language.detect import detect_language
from processing.language.tokens import list_words
from processing.notifications import outbox
from processing.questions.find import find_occurrences
from processing.questions.generation.generate import is_over_budget, write_somewhere
from processing.questions.history import choose_other_words, choose_words, list_exchanges
from processing.questions.intent import is_overview
from processing.questions.select import choose_passages
from processing.questions.view import view_answer
from processing.services import WorkerServices
from processing.types import Answer, Exchange, Quote

MODEL_QUOTES, OTHER_QUOTES = 6, 2
# The language of fewer words is anybody's guess.
FEWEST_WORDS = 4
MOST_LOOKED_INTO = 20
log = logging.getLogger(__name__)


def work_on_next_question(services: WorkerServices) -> bool:
    """Claim the next due question and answer it; False where none is due."""
    with services.database.upkeep() as session:
        question = work_queue.claim_next(session, Question, services.worker, services.clock(), LEASE)
    if question is None:
        return False
    began = time.monotonic()
    outcome = process_question(services, question)
    facts = {"tenant": question.tenant_id, "question": question.id, "outcome": outcome}
    log.info("question_worked", extra={**facts, "seconds": time.monotonic() - began})
    if outcome == "lease_lost":
        outbox.repair_answer(services, question)
    outbox.deliver_answer(services, question.tenant_id, question.id)
    return True


def process_question(services: WorkerServices, question: Question) -> str:
    """One attempt; whatever fails is tried again, a bounded number of times."""
    try:
        return attempt_question(services, question)
    except LeaseLost:
        return "lease_lost"


def attempt_question(services: WorkerServices, question: Question) -> str:
    with services.leases.hold(Question, question.id, question.fencing_token) as held:
        try:
            if question.attempts > MAX_ATTEMPTS:
                raise SocrateError("error_temporary")
            return publish(services, question, answer_question(services, question, held))
        except LeaseLost:
            raise
        except Cancelled:
            return end(services, question, CANCELLED)
        except WorkerStopping:
            return put_back(services, question)
        except UserMistake as mistake:
            return end(services, question, FAILED, error_key=mistake.key)
        except Exception as error:
            log.warning("answer_failed", extra={"question": question.id, "error": type(error).__name__}, exc_info=error)
            return try_later(services, question)


def answer_question(services: WorkerServices, question: Question, held: Held) -> Answer:
    """The best passages, and the model's words where there is a model; for words to find, where they stand."""
    check = partial(check_wanted, services, question, held)
    check()
    asked, language = list_asked(services, question)
    if question.kind == FIND:
        return find_occurrences(services.index_cache, asked, question.text, check)
    exchanges = list_exchanges(services, question)
    words = choose_words(question.text, exchanges)
    whole = is_overview(question.text)
    find = services.index_cache.list_openings if whole else partial(services.index_cache.find_quotes, question=words)
    quotes = find(asked, limit=MODEL_QUOTES)
    choose = partial(choose_passages, services, question, words, quotes)
    note = choose_note(asked, services.embedder.model)
    if services.model is None:
        return add_hint(services, question, asked, choose("note_overview" if whole else note))
    if is_over_budget(services, question.tenant_id):
        return choose("note_budget_spent")
    scope = asked[0].name if question.document_id else None
    view = view_answer(question, language, scope, Answer(quotes=add_others(services, question, asked, exchanges, quotes)))
    try:
        answer = write_somewhere(services, question, view, words, exchanges, check)
    except ModelUnavailable:
        return choose("note_model_down")
    return add_hint(services, question, asked, answer if answer.note_key else replace(answer, note_key=note))


def add_hint(services: WorkerServices, question: Question, asked: Sequence[Document], answer: Answer) -> Answer:
    """Where nothing was found, and question and documents are not in one language, say so."""
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
    """The quotes, and a few that another reading of a question in a conversation finds: the model sees which it was."""
    words = choose_other_words(question.text, exchanges)
    others = services.index_cache.find_quotes(asked, words, OTHER_QUOTES) if words else ()
    known = {(quote.document_id, quote.index) for quote in quotes}
    return quotes + tuple(quote for quote in others if (quote.document_id, quote.index) not in known)


def check_wanted(services: WorkerServices, question: Question, held: Held) -> None:
    """Raise where nobody waits for this answer any more, or this process is to end."""
    if held.lost.is_set():
        raise LeaseLost
    if services.stopping.is_set():
        raise WorkerStopping
    with services.database.tenant(question.tenant_id, reading=True) as session:
        if claims.is_cancel_requested(session, question.tenant_id, Question, question.id):
            raise Cancelled


def choose_note(asked: Sequence[Document], model: str) -> str:
    """What to say of documents that could not be searched as well as others."""
    if any(document.state != READY for document in asked):
        return "note_partial"
    return "note_other_model" if any(document.model not in (None, model) for document in asked) else ""


def list_asked(services: WorkerServices, question: Question) -> tuple[list[Document], str]:
    """The documents the question goes to, and the person's language."""
    tenant_id = question.tenant_id
    with services.database.tenant(tenant_id, reading=True) as session:
        language = tenants.get_tenant(session, tenant_id).language
        if question.document_id is None:
            return list(documents.list_searchable(session, tenant_id)), language
        return [documents.get_document(session, tenant_id, question.document_id)], language


def publish(services: WorkerServices, question: Question, answer: Answer) -> str:
    """The answer, and what stands behind its buttons, in one transaction."""
    services.notifier.close_progress(question.chat_id, question.message_id)
    tenant_id, now = question.tenant_id, services.clock()

    def write() -> None:
        with services.database.tenant(tenant_id) as session:
            values = {"answer": asdict(answer), "error_key": None}
            claims.finish(session, tenant_id, Question, question.id, question.fencing_token, READY, now, **values)
            citations.put_citations(session, tenant_id, question.id, list_citations(answer))

    retry_transient(write)
    return READY


def list_citations(answer: Answer) -> list[Citation]:
    return [
        Citation(
            number=number,
            document_id=quote.document_id,
            passage_index=quote.index,
            fencing_token=quote.fencing_token,
            mark_start=quote.mark[0],
            mark_end=quote.mark[1],
        )
        for number, quote in enumerate(answer.quotes, 1)
    ]


def end(services: WorkerServices, question: Question, state: str, **values: object) -> str:
    services.notifier.close_progress(question.chat_id, question.message_id)
    now = services.clock()

    def write() -> None:
        with services.database.tenant(question.tenant_id) as session:
            claims.finish(session, question.tenant_id, Question, question.id, question.fencing_token, state, now, **values)

    retry_transient(write)
    return state


def put_back(services: WorkerServices, question: Question) -> str:
    with services.database.tenant(question.tenant_id) as session:
        now = services.clock()
        claims.put_back(session, question.tenant_id, Question, question.id, question.fencing_token, now, counted=False)
    return "put_back"


def try_later(services: WorkerServices, question: Question) -> str:
    if is_last_attempt(question.attempts):
        return end(services, question, FAILED, error_key="error_temporary")
    with services.database.tenant(question.tenant_id) as session:
        due = services.clock() + get_pause(question.attempts)
        claims.put_back(session, question.tenant_id, Question, question.id, question.fencing_token, due, counted=True)
    return "retried"
