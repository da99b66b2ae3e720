"""A tenant's tasks: citation previews, exports, erasure."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from db.models import Task


def find_task(session: Session, tenant_id: int, kind: str, subject: str) -> Task | None:
    wanted = (Task.tenant_id == tenant_id) & (Task.kind == kind) & (Task.subject == subject)
    return session.scalars(select(Task).where(wanted)).first()


def add_task(session: Session, tenant_id: int, task: Task) -> None:
    task.tenant_id = tenant_id
    session.add(task)
    session.flush()


def delete_task(session: Session, tenant_id: int, task_id: str) -> None:
    session.execute(delete(Task).where(Task.tenant_id == tenant_id, Task.id == task_id))
