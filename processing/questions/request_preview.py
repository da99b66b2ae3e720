"""A tapped citation is queued to be shown; the work itself is a worker's."""

from __future__ import annotations

import secrets

from db.models import QUEUED, Showing
from db.operations import citations, documents
from errors import UserMistake
from processing.jobs.retry import retry_transient
from processing.services import ANSWERS, Services


def order_showing(
    services: Services, tenant_id: int, question_id: str, number: int, chat_id: int, message_id: int | None
) -> None:
    """Commit, then ring; tapped twice it is shown once.

    ``citation_gone`` where there is nothing to show any more, ``QueueUnavailable`` leaves it for the sweep to ring.
    """
    now = services.clock()

    def write() -> None:
        with services.database.tenant(tenant_id) as session:
            citation = citations.get_citation(session, tenant_id, question_id, number)
            document = documents.find_document(session, tenant_id, citation.document_id)
            if document is None or document.words_version != citation.fencing_token:
                raise UserMistake("citation_gone")
            if citations.find_showing(session, tenant_id, question_id, number) is not None:
                return
            showing = Showing(
                id=secrets.token_hex(8),
                state=QUEUED,
                question_id=question_id,
                number=number,
                chat_id=chat_id,
                message_id=message_id,
                created_at=now,
                due_at=now,
            )
            citations.add_showing(session, tenant_id, showing)

    # Ordered anew when it is shown already, it would be shown twice.
    retry_transient(write)
    services.wake_up.notify_worker(ANSWERS)
