"""Queues tasks: work whose row is deleted when it is over."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from db.models import Task
from db.operations import events, tasks
from db.states import UNFINISHED, EventKind, State
from processing.jobs.ids import make_work_id
from processing.jobs.kind import TaskKind
from processing.runtime.retry import retry_transient
from processing.services import Services


@dataclass(frozen=True, slots=True)
class TaskRequest:
    """A task to queue, of which a tenant has at most one for each kind and ``subject``.

    The outcome is written into the message ``message_id`` or replies to it; ``origin`` names the update.
    """

    subject: str
    chat_id: int
    message_id: int | None
    origin: str
    arguments: dict[str, Any] = field(default_factory=dict)


def request(services: Services, tenant_id: int, kind: TaskKind, wanted: TaskRequest) -> None:
    """Commit the task, then wake a worker.

    If there is an unfinished one with its subject, only its outcome goes to the new message. One that has ended is
    replaced. Nothing is queued for an update that has queued it before. Raise ``QueueUnavailable`` if no worker could
    be woken; the task is queued all the same.
    """
    now = services.clock()
    task = Task(
        id=make_work_id(tenant_id, f"{kind.name}/{wanted.origin}"),
        kind=kind.name,
        subject=wanted.subject,
        arguments=wanted.arguments,
        result={},
        state=State.QUEUED,
        chat_id=wanted.chat_id,
        message_id=wanted.message_id,
        bot_id=services.bot_id,
        created_at=now,
        due_at=now,
    )

    def write() -> None:
        with services.database.tenant(tenant_id) as session:
            if events.is_counted(session, tenant_id, EventKind.TASK, task.id):
                # The update was handled before. The task may have ended since, and its row is deleted then.
                return
            events.add_event(session, tenant_id, EventKind.TASK, task.id, now)
            known = tasks.find_task(session, tenant_id, kind.name, wanted.subject)
            if known is not None and known.state in UNFINISHED:
                known.message_id = wanted.message_id or known.message_id
                return
            if known is not None:
                session.delete(known)
                session.flush()
            tasks.add_task(session, tenant_id, task)

    retry_transient(write)
    services.wake_up.notify_worker(kind.queue)
