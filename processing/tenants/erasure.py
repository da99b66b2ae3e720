"""Forgets a person: every row, file and trace of theirs, checked to be gone."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Sequence
from dataclasses import dataclass

from db.operations import documents, questions, tenants
from db.operations.upkeep import updates
from errors import TransientFailure
from processing.jobs.retry import retry_transient
from processing.services import Services
from storage.keys import tenant_prefix

ROUNDS = 3
log = logging.getLogger(__name__)


class NotForgotten(TransientFailure):
    """Something is left, written meanwhile by work that was on its way; the next try finds it ended."""

    key = "error_temporary"


@dataclass(frozen=True, slots=True)
class Holdings:
    """What is kept of a person; ``size`` in bytes of what they sent."""

    documents: int
    questions: int
    size: int


def count_holdings(services: Services, tenant_id: int) -> Holdings:
    with services.database.tenant(tenant_id, reading=True) as session:
        return Holdings(
            documents.count_documents(session, tenant_id),
            questions.count_questions(session, tenant_id),
            documents.get_used_bytes(session, tenant_id),
        )


def forget_tenant(services: Services, tenant_id: int, telegram_id: int) -> Holdings:
    """Delete everything and give what it was; ``TransientFailure`` where something withstands.

    The person's own row goes last: until then another try finds the same tenant and goes on.
    """
    holdings = count_holdings(services, tenant_id)
    for _ in range(ROUNDS):
        drop_all(services, tenant_id, telegram_id)
        left = count_left(services, tenant_id, telegram_id)
        if not any(left.values()):
            break
    else:
        log.error("tenant_not_forgotten", extra={"tenant": tenant_id, **left})
        raise NotForgotten

    def drop() -> None:
        with services.database.tenant(tenant_id) as session:
            tenants.delete_tenant(session, tenant_id)

    retry_transient(drop)
    log.info("tenant_forgotten", extra={"tenant": tenant_id, "documents": holdings.documents})
    return holdings


def drop_all(services: Services, tenant_id: int, telegram_id: int) -> None:
    """Rows first: whoever works on one finds its fence gone, stops and removes what it wrote."""
    with services.database.tenant(tenant_id) as session:
        dropped = documents.list_ids(session, tenant_id)
        tenants.delete_rows(session, tenant_id)
        tenants.choose_document(session, tenant_id, None)
        tenants.set_awaiting(session, tenant_id, None)
    services.storage.delete_tree(tenant_prefix(tenant_id))
    delete_scratch_directories(services, dropped)
    with services.database.upkeep() as session:
        updates.forget_ordering_key(session, telegram_id)


def delete_scratch_directories(services: Services, document_ids: Sequence[str]) -> None:
    """Folders of attempts on this machine; those of others are swept where they lie."""
    if document_ids and services.scratch_directory.is_dir():
        for folder in services.scratch_directory.iterdir():
            if folder.name.partition("-")[0] in document_ids:
                shutil.rmtree(folder, ignore_errors=True)


def count_left(services: Services, tenant_id: int, telegram_id: int) -> dict[str, int]:
    """Rows and files that are still there, by kind."""
    with services.database.tenant(tenant_id, reading=True) as session:
        rows = tenants.count_rows(session, tenant_id)
    with services.database.upkeep(reading=True) as session:
        ended = updates.count_ended(session, telegram_id)
    return {"rows": rows, "files": len(list(services.storage.list_keys(tenant_prefix(tenant_id)))), "updates": ended}
