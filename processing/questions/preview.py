"""Shows the passage behind a citation: a picture of its page, or the passage between its neighbours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from db.models import Citation, Document, OutboxMessage, Task
from db.operations import citations, documents
from errors import SocrateError, UserMistake
from processing.delivery import Delivery, Sending
from processing.jobs import tasks
from processing.jobs.kind import TaskKind
from processing.jobs.rate_limits import PREVIEWS, count_request
from processing.jobs.tasks import TaskRequest
from processing.notifications.content import decode_view
from processing.questions.occurrences import find_pages
from processing.retrieval.passage_file import read_passages
from processing.runtime.leases import Lease
from processing.runtime.retry import retry_transient
from processing.services import Services, WorkerServices
from processing.types import NoticeView, Passage, Picture, PictureOrder, Quote, SourceView, Span
from storage.keys import original_key, passages_key


class PreviewJob(TaskKind):
    """Sends one preview. The task's ``arguments`` name the citation by ``question_id`` and ``number``."""

    name = "citation_preview"

    def perform(self, services: WorkerServices, row: Task, lease: Lease) -> Mapping[str, object]:
        # The last attempt leaves out the picture, in case its drawing is what fails.
        view = find_source(services, row, with_picture=row.attempts < self.max_attempts)
        services.notifier.deliver_preview(view).check_delivered()
        return {}

    def describe_failure(self, error: Exception) -> str:
        return error.key if isinstance(error, SocrateError) else self.failure_key

    def deliver(self, services: Services, message: OutboxMessage, sending: Sending) -> Delivery:
        """Say below the answer why there is no preview."""
        notice = decode_view(NoticeView, message.content)
        view = SourceView(message.tenant_id, notice.language, message.chat_id, message.message_id, error_key=notice.key)
        return services.notifier.deliver_preview(view)


PREVIEW_JOB = PreviewJob()


def request_preview(
    services: Services,
    tenant_id: int,
    question_id: str,
    number: int,
    chat_id: int,
    message_id: int | None,
    origin: str,
) -> None:
    """Queue a preview below the message with ``message_id``, unless one of the same citation is unfinished.

    Raise ``UserMistake``: ``citation_gone`` if there is nothing to show any more, ``too_many_previews`` beyond the rate
    limit. Raise ``QueueUnavailable`` if no worker could be woken; the preview is queued nevertheless.
    """
    retry_transient(lambda: check_shown(services, tenant_id, question_id, number))
    count_request(services, tenant_id, PREVIEWS, origin)
    arguments = {"question_id": question_id, "number": number}
    wanted = TaskRequest(f"{question_id}:{number}", chat_id, message_id, origin, arguments)
    tasks.request(services, tenant_id, PREVIEW_JOB, wanted)


def check_shown(services: Services, tenant_id: int, question_id: str, number: int) -> None:
    """Raise ``UserMistake("citation_gone")`` if the citation or its document is gone or has new passages."""
    with services.database.tenant(tenant_id, reading=True) as session:
        citation = citations.get_citation(session, tenant_id, question_id, number)
        document = documents.find_document(session, tenant_id, citation.document_id)
        if document is None or document.words_version != citation.words_version:
            raise UserMistake("citation_gone")


def make_view(services: Services, row: Task, **more: Any) -> SourceView:
    return SourceView(row.tenant_id, services.get_language(row.tenant_id), row.chat_id, row.message_id, **more)


def find_source(services: WorkerServices, row: Task, *, with_picture: bool) -> SourceView:
    """Return the preview. Raise ``UserMistake`` if the citation, its document or its passage is no longer there."""
    tenant_id, wanted = row.tenant_id, row.arguments
    with services.database.tenant(tenant_id, reading=True) as session:
        citation = citations.get_citation(session, tenant_id, wanted["question_id"], wanted["number"])
        document = documents.get_document(session, tenant_id, citation.document_id)
    before, passage, after = read_surroundings(services, document, citation)
    mark = (citation.mark_start, citation.mark_end)
    quote = Quote(
        document.id,
        document.name,
        passage.first_page,
        passage.last_page,
        passage.text,
        mark,
        passage.index,
        citation.words_version,
        page_breaks=passage.page_breaks,
    )
    picture = draw_page(services, document, passage, mark) if with_picture else None
    return make_view(services, row, quote=quote, before=before, after=after, picture=picture)


def read_surroundings(services: WorkerServices, document: Document, citation: Citation) -> tuple[str, Passage, str]:
    """Return the text of the passage before, the cited passage, and the text of the passage after it.

    These texts are empty at the ends of the document. Raise ``UserMistake("citation_gone")`` if the passage is missing.
    """
    key = passages_key(document.tenant_id, document.id, citation.words_version)
    near: dict[int, Passage] = {}
    with services.storage.local_copy(key) as path:
        for passage in read_passages(path):
            if abs(passage.index - citation.passage_index) <= 1:
                near[passage.index] = passage
            if passage.index > citation.passage_index:
                break
    if citation.passage_index not in near:
        raise UserMistake("citation_gone")
    before, after = near.get(citation.passage_index - 1), near.get(citation.passage_index + 1)
    return before.text if before else "", near[citation.passage_index], after.text if after else ""


def draw_page(services: WorkerServices, document: Document, passage: Passage, mark: Span) -> Picture | None:
    """Return a picture of the page that holds the mark. Return None if it cannot be drawn or the document is no PDF."""
    if document.kind != "pdf":
        return None
    order = PictureOrder(*find_pages(passage, mark), passage.text, passage.text[slice(*mark)])
    with services.storage.local_copy(original_key(document.tenant_id, document.id)) as path:
        return services.draw(path, order)
