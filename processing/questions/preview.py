"""Shows what a citation rests on: the picture of its page, or the passage among its neighbours."""

from __future__ import annotations

import logging
import time
from datetime import timedelta
from typing import Any

from db.models import Citation, Document, Showing
from db.operations import citations, claims, documents, tenants
from db.operations.upkeep import work_queue
from errors import LeaseLost, TransientFailure, UserMistake
from processing.jobs.backoff import MAX_ATTEMPTS, get_pause
from processing.jobs.leases import LEASE
from processing.jobs.retry import retry_transient
from processing.questions.occurrences import find_pages
from processing.retrieval.passage_file import read_passages
from processing.services import WorkerServices
from processing.types import Delivery, Passage, Picture, PictureOrder, Quote, SourceView
from storage.keys import original_key, passages_key

log = logging.getLogger(__name__)


def work_on_next_showing(services: WorkerServices) -> bool:
    """Claim the next due showing and send it; False where none is due."""
    with services.database.upkeep() as session:
        showing = work_queue.claim_next(session, Showing, services.worker, services.clock(), LEASE)
    if showing is None:
        return False
    began = time.monotonic()
    outcome = process_showing(services, showing)
    facts = {"tenant": showing.tenant_id, "question": showing.question_id, "outcome": outcome}
    log.info("citation_shown", extra={**facts, "seconds": time.monotonic() - began})
    return True


def process_showing(services: WorkerServices, showing: Showing) -> str:
    """One attempt; what fails is tried again, a bounded number of times, and what is not there any more is said."""
    with services.leases.hold(Showing, showing.id, showing.fencing_token):
        try:
            view = find_source(services, showing)
        except UserMistake as mistake:
            view = make_view(services, showing, error_key=mistake.key)
        except TransientFailure as failure:
            log.warning("showing_failed", extra={"question": showing.question_id, "error": failure.key})
            if showing.attempts < MAX_ATTEMPTS:
                return end(services, showing, Delivery("later", seconds=get_pause(showing.attempts).total_seconds()))
            view = make_view(services, showing, error_key=failure.key)
        return end(services, showing, services.notifier.deliver_preview(view))


def make_view(services: WorkerServices, showing: Showing, **more: Any) -> SourceView:
    tenant_id = showing.tenant_id
    with services.database.tenant(tenant_id, reading=True) as session:
        language = tenants.get_tenant(session, tenant_id).language
    return SourceView(tenant_id, language, showing.chat_id, showing.message_id, **more)


def end(services: WorkerServices, showing: Showing, delivery: Delivery) -> str:
    """Drop the row, or put it back while there are attempts left; one that stays is shown again."""
    tenant_id = showing.tenant_id

    def write() -> None:
        with services.database.tenant(tenant_id) as session:
            if delivery.outcome == "later" and showing.attempts < MAX_ATTEMPTS:
                due = services.clock() + timedelta(seconds=max(delivery.seconds, 1))
                claims.put_back(session, tenant_id, Showing, showing.id, showing.fencing_token, due, counted=True)
            else:
                citations.drop_showing(session, tenant_id, showing.id, showing.fencing_token)

    try:
        retry_transient(write)
    except LeaseLost:
        return "lease_lost"
    return delivery.outcome


def find_source(services: WorkerServices, showing: Showing) -> SourceView:
    """What is to be shown; ``citation_gone`` where document or passage are no longer there."""
    tenant_id = showing.tenant_id
    with services.database.tenant(tenant_id, reading=True) as session:
        citation = citations.get_citation(session, tenant_id, showing.question_id, showing.number)
        document = documents.get_document(session, tenant_id, citation.document_id)
    before, passage, after = read_surroundings(services, document, citation)
    mark, pages = (citation.mark_start, citation.mark_end), (passage.first_page, passage.last_page)
    place = (document.id, document.name, *pages, passage.text, mark, passage.index, citation.fencing_token)
    return make_view(
        services,
        showing,
        quote=Quote(*place, page_breaks=passage.page_breaks),
        before=before,
        after=after,
        picture=draw_page(services, document, passage, mark) if showing.attempts < MAX_ATTEMPTS else None,
    )


def read_surroundings(services: WorkerServices, document: Document, citation: Citation) -> tuple[str, Passage, str]:
    """The passage with the texts before and after it, empty at the document's ends."""
    key = passages_key(document.tenant_id, document.id, citation.fencing_token)
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


def draw_page(services: WorkerServices, document: Document, passage: Passage, mark: tuple[int, int]) -> Picture | None:
    """The picture of the page that the mark is on, where the format has pages that can be drawn."""
    if document.kind != "pdf":
        return None
    order = PictureOrder(*find_pages(passage, mark), passage.text, passage.text[slice(*mark)])
    with services.storage.local_copy(original_key(document.tenant_id, document.id)) as path:
        return services.draw(path, order)
