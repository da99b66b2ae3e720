"""The kind of work that answers a question, and how the person who asked is told each outcome."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial

from sqlalchemy.orm import Session

from db.models import Citation, OutboxMessage, Question
from db.operations import citations, documents, questions, tenants
from db.operations.documents import SomeDocument
from db.states import UNFINISHED, QuestionKind, Queue
from errors import DocumentNotFound
from processing.delivery import Delivery, DeliveryState, Sending
from processing.jobs.kind import Ending, JobKind, check_wanted
from processing.jobs.outcome import Outcome
from processing.questions.view import read_answer, view_answer
from processing.runtime.leases import Lease
from processing.services import Services, WorkerServices
from processing.types import Answer, AnswerView


class QuestionJob(JobKind[Question]):
    """Answers a queued question."""

    name = "question"
    model = Question
    queue = Queue.ANSWERS

    def perform(self, services: WorkerServices, row: Question, lease: Lease) -> Mapping[str, object]:
        check = partial(check_wanted, services, row, lease)
        check()
        answer = find_answer(services, row, list_asked(services, row), check)
        return {"answer": asdict(answer), "error_key": None}

    def finish(self, services: WorkerServices, session: Session, row: Question, ending: Ending) -> None:
        """Write the outcome, and with an answer the citations behind its buttons, in the transaction of ``session``."""
        super().finish(services, session, row, ending)
        if ending.outcome is Outcome.DONE:
            answer = read_answer(ending.values["answer"])
            citations.replace_citations(session, row.tenant_id, row.id, list_citations(answer))

    def deliver(self, services: Services, message: OutboxMessage, sending: Sending) -> Delivery:
        """Deliver the answer, unless the question was deleted because its author has edited it."""
        question = find_ended(services, message)
        if question is None:
            return Delivery(DeliveryState.DELIVERED)
        return services.notifier.deliver_answer(view_ended(services, question), sending)

    def repair(self, services: Services, message: OutboxMessage) -> None:
        question = find_ended(services, message)
        if question is not None:
            services.notifier.repair_answer(view_ended(services, question))


QUESTION_JOB = QuestionJob()


def find_ended(services: Services, message: OutboxMessage) -> Question | None:
    """Return the question that the message is about; None if it is deleted or asked again."""
    with services.database.tenant(message.tenant_id, reading=True) as session:
        question = questions.find_question(session, message.tenant_id, message.subject)
    return None if question is None or question.state in UNFINISHED else question


def find_answer(
    services: WorkerServices, question: Question, asked: Sequence[SomeDocument], check: Callable[[], None]
) -> Answer:
    # Imported here because the bot imports this module, and must not load the libraries that search.
    from processing.questions.answer import answer_question
    from processing.questions.find import find_occurrences

    if question.kind == QuestionKind.FIND:
        return find_occurrences(services.index_cache, asked, question.text, check)
    return answer_question(services, question, asked, check)


def list_asked(services: WorkerServices, question: Question) -> Sequence[SomeDocument]:
    """Return the documents that the question is put to. Raise ``DocumentNotFound`` if its document was deleted."""
    tenant_id = question.tenant_id
    with services.database.tenant(tenant_id, reading=True) as session:
        if question.document_id is None:
            return documents.list_searchable(session, tenant_id)
        return [documents.get_document(session, tenant_id, question.document_id)]


def list_citations(answer: Answer) -> list[Citation]:
    return [
        Citation(
            number=number,
            document_id=quote.document_id,
            passage_index=quote.index,
            words_version=quote.version,
            mark_start=quote.mark[0],
            mark_end=quote.mark[1],
        )
        for number, quote in enumerate(answer.quotes, 1)
    ]


def view_ended(services: Services, question: Question) -> AnswerView:
    """Return the view of a finished question. If its document was deleted meanwhile, the view says only that."""
    tenant_id = question.tenant_id
    with services.database.tenant(tenant_id, reading=True) as session:
        language = tenants.get_tenant(session, tenant_id).language
        asked = documents.find_document(session, tenant_id, question.document_id) if question.document_id else None
    view = view_answer(question, language, asked.name if asked else None)
    if question.document_id and asked is None:
        return replace(view, answer=Answer(), error_key=DocumentNotFound.key)
    return view
