"""Deletes every row, file and update of a person, and checks that nothing is left."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy.orm import Session

from db.models import Citation, OutboxMessage, Task, TenantOwned, list_owned_models
from db.operations import documents, outbox, questions, tenants
from db.operations import tasks as task_rows
from db.operations.upkeep import updates
from db.states import UNFINISHED
from errors import TransientFailure, UserMistake
from processing.delivery import Delivery, DeliveryState, Sending
from processing.documents.job import DOCUMENT_JOB, end_unfinished
from processing.jobs import tasks
from processing.jobs.kind import TaskKind
from processing.jobs.tasks import TaskRequest
from processing.runtime.leases import Lease
from processing.services import Services, WorkerServices
from processing.tenants.data_export import PARTS
from processing.types import NoticeView
from storage.keys import tenant_prefix

ROUNDS = 3
# Rows of documents that are deleted in one commit, and after how many of them the person is shown the progress.
DOCUMENTS_AT_ONCE, DOCUMENTS_SHOWN = 250, 1000
# Rows of any other table that are deleted in one commit.
ROWS_AT_ONCE = 2000
SUBJECT = "all"
# The key of the sentence that says that all is deleted.
FORGOTTEN = "forgotten"
log = logging.getLogger(__name__)


class NotErased(TransientFailure):
    """Something is left, because work that was still running has written it. Another attempt is made after a pause."""

    key = "error_temporary"


@dataclass(frozen=True, slots=True)
class Holdings:
    """How much is kept of a person; ``size`` is the bytes of their original files."""

    documents: int
    questions: int
    size: int


class ErasureJob(TaskKind):
    """Erases a tenant. The row of the tenant is deleted last, when the person is told."""

    name = "erasure"
    announces_done = True
    one_per_tenant = True

    def perform(self, services: WorkerServices, row: Task, lease: Lease) -> Mapping[str, object]:
        holdings = Holdings(**row.arguments["holdings"])
        with services.database.tenant(row.tenant_id, reading=True) as session:
            owner = tenants.get_tenant(session, row.tenant_id).telegram_id
        if owner != row.arguments["telegram_id"]:
            log.error("foreign_erasure", extra={"tenant": row.tenant_id})
            raise UserMistake(TransientFailure.key)
        erase(services, row)
        return {"result": asdict(holdings)}

    def choose_sentence(self, row: Task) -> tuple[str, dict[str, Any]]:
        return row.error_key or FORGOTTEN, row.result

    def deliver(self, services: Services, message: OutboxMessage, sending: Sending) -> Delivery:
        with services.database.tenant(message.tenant_id, reading=True) as session:
            if outbox.is_owed(session, message.tenant_id, DOCUMENT_JOB.name, services.bot_id):
                # What was in work is told first. Nobody knows when another bot sends what it owes.
                return Delivery(DeliveryState.POSTPONED)
        delivery = super().deliver(services, message, sending)
        # The update with the last tap is forgotten now, when it is certain to be handled.
        with services.database.upkeep() as session:
            updates.forget_ordering_key(session, message.chat_id)
        return delivery

    def after_delivery(self, services: Services, session: Session, message: OutboxMessage) -> None:
        """Delete the message and, if the erasure succeeded, the tenant, unless there are new rows of the tenant.

        The messages about documents that were in work have been delivered before, or can't be.
        """
        outbox.drop_message(session, message.tenant_id, message.id)
        erased = message.content["key"] == FORGOTTEN
        if erased:
            outbox.drop_settled(session, message.tenant_id)
        if erased and tenants.count_rows(session, message.tenant_id) == 0:
            tenants.delete_tenant(session, message.tenant_id)
            log.info("tenant_erased", extra={"tenant": message.tenant_id})


ERASURE_JOB = ErasureJob()


def is_erasing(session: Session, tenant_id: int) -> bool:
    """Return True from the request of an erasure until its end has been told."""
    task = task_rows.find_task(session, tenant_id, ERASURE_JOB.name, SUBJECT)
    return (task is not None and task.state in UNFINISHED) or outbox.is_owed(session, tenant_id, ERASURE_JOB.name)


def request_erasure(
    services: Services, tenant_id: int, telegram_id: int, chat_id: int, message_id: int | None, origin: str
) -> None:
    """Queue the erasure.

    Raise ``QueueUnavailable`` if no worker could be woken; the erasure is queued all the same.
    """
    holdings = asdict(count_holdings(services, tenant_id))
    arguments = {"telegram_id": telegram_id, "holdings": holdings}
    tasks.request(services, tenant_id, ERASURE_JOB, TaskRequest(SUBJECT, chat_id, message_id, origin, arguments))


def count_holdings(services: Services, tenant_id: int) -> Holdings:
    with services.database.tenant(tenant_id, reading=True) as session:
        return Holdings(
            documents.count_documents(session, tenant_id),
            questions.count_questions(session, tenant_id),
            documents.get_sent_bytes(session, tenant_id),
        )


def erase(services: Services, task: Task) -> None:
    """Delete everything but the task. Raise ``NotErased`` if something is left after three rounds."""
    for _ in range(ROUNDS):
        delete_all(services, task)
        left = count_left(services, task)
        if not any(left.values()):
            return
    log.error("tenant_not_erased", extra={"tenant": task.tenant_id, **left})
    raise NotErased


def delete_all(services: Services, task: Task) -> None:
    """Delete rows before files: a worker that holds a row then loses its lease, stops and removes what it wrote.

    Messages about documents that were in work are kept until they are delivered.
    """
    tenant_id = task.tenant_id
    with services.database.tenant(tenant_id, reading=True) as session:
        deleted = documents.list_ids(session, tenant_id)
    end_all_unfinished(services, tenant_id)
    # Before the documents, which would take all of their citations with them in one commit.
    delete_in_parts(services, task, Citation)
    delete_document_rows(services, task, len(deleted))
    for model in list_owned_models():
        delete_in_parts(services, task, model)
    with services.database.tenant(tenant_id) as session:
        tenants.choose_document(session, tenant_id, None)
        tenants.set_awaiting(session, tenant_id, None)
    services.storage.delete_tree(tenant_prefix(tenant_id))
    delete_scratch_directories(services, tenant_id, deleted)
    with services.database.upkeep() as session:
        updates.forget_ordering_key(session, task.arguments["telegram_id"])


def delete_in_parts(services: Services, task: Task, model: type[TenantOwned]) -> None:
    """Delete the tenant's rows of one table, a part in each commit, so that others can write in between."""
    while True:
        with services.database.tenant(task.tenant_id) as session:
            deleted = tenants.delete_some_rows(
                session, task.tenant_id, model, ROWS_AT_ONCE, except_task=task.id, except_owed=DOCUMENT_JOB.name
            )
        if deleted < ROWS_AT_ONCE:
            return


def end_all_unfinished(services: Services, tenant_id: int) -> None:
    """Delete the documents in work, and owe the message about each."""
    while True:
        with services.database.tenant(tenant_id) as session:
            unfinished = documents.list_unfinished(session, tenant_id)[:DOCUMENTS_AT_ONCE]
            for document in unfinished:
                end_unfinished(services, session, document)
        services.wake_outbox()
        if len(unfinished) < DOCUMENTS_AT_ONCE:
            return


def delete_document_rows(services: Services, task: Task, total: int) -> None:
    """Delete the rows of documents with their citations, in parts, and show how far that is if there are many.

    Each part is one commit, so an attempt that was stopped has not been in vain.
    """
    done, is_shown = 0, task.message_id is not None
    while True:
        with services.database.tenant(task.tenant_id) as session:
            deleted = documents.delete_some(session, task.tenant_id, DOCUMENTS_AT_ONCE)
        done += deleted
        if deleted < DOCUMENTS_AT_ONCE:
            return
        if is_shown and done % DOCUMENTS_SHOWN == 0:
            is_shown = show_progress(services, task, done, max(done, total))


def show_progress(services: Services, task: Task, done: int, total: int) -> bool:
    """Edit the message of the erasure, and return False if it can't be edited any more."""
    language = services.get_language(task.tenant_id)
    facts: dict[str, object] = {"done": f"{done:,}", "total": f"{total:,}"}
    view = NoticeView(language, task.chat_id, task.message_id, "forget_progress", facts)
    return services.notifier.deliver_notice(view, Sending(task.message_id)).message_id == task.message_id


def delete_scratch_directories(services: Services, tenant_id: int, document_ids: Sequence[str]) -> None:
    """Delete the scratch directories of these documents and of the tenant's exports on this machine.

    They may be left over from a process that died. The reconcilers of other machines delete theirs.
    """
    if services.scratch_directory.is_dir():
        for folder in services.scratch_directory.iterdir():
            if folder.name.partition("-")[0] in document_ids or folder.name.startswith(f"{PARTS}{tenant_id}-"):
                shutil.rmtree(folder, ignore_errors=True)


def count_left(services: Services, task: Task) -> dict[str, int]:
    """Return the numbers of rows, files and updates that are still there."""
    with services.database.tenant(task.tenant_id, reading=True) as session:
        rows = tenants.count_rows(session, task.tenant_id, except_task=task.id, except_owed=DOCUMENT_JOB.name)
    with services.database.upkeep(reading=True) as session:
        ended = updates.count_ended(session, task.arguments["telegram_id"])
    files = len(list(services.storage.list_keys(tenant_prefix(task.tenant_id))))
    return {"rows": rows, "files": files, "updates": ended}
