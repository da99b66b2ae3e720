"""A tenant's own row and everything the tenant owns."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, LargeBinary, delete, func, inspect, select, tuple_, update
from sqlalchemy.orm import Session

from db.models import OutboxMessage, Task, Tenant, TenantOwned, list_owned_models
from db.operations.claims import change
from db.states import OutboxState

# Rows that are read at a time.
ROWS_AT_ONCE = 500


def get_tenant(session: Session, tenant_id: int) -> Tenant:
    return session.scalars(select(Tenant).where(Tenant.id == tenant_id)).one()


def find_language(session: Session, tenant_id: int) -> str | None:
    """Return the code of the language in which the bot writes to the tenant, None if the tenant is deleted."""
    return session.scalars(select(Tenant.language).where(Tenant.id == tenant_id)).first()


def lock_tenant(session: Session, tenant_id: int) -> None:
    """Let other transactions that lock the tenant wait until this one ends.

    On SQLite every transaction that may write has the only write lock already.
    """
    session.execute(select(Tenant.id).where(Tenant.id == tenant_id).with_for_update(key_share=True))


def choose_document(session: Session, tenant_id: int, document_id: str | None) -> None:
    """Store that the tenant's next questions are about this document, or about all if ``document_id`` is None."""
    session.execute(update(Tenant).where(Tenant.id == tenant_id).values(chosen_document_id=document_id))


def clear_choice(session: Session, tenant_id: int, document_id: str) -> None:
    """Store that the tenant's next questions are about all documents, if this one was chosen.

    Their next text is no new name for it either.
    """
    chosen = (Tenant.id == tenant_id) & (Tenant.chosen_document_id == document_id)
    session.execute(update(Tenant).where(chosen).values(chosen_document_id=None))
    renamed = (Tenant.id == tenant_id) & (Tenant.awaiting == f"rename:{document_id}")
    session.execute(update(Tenant).where(renamed).values(awaiting=None))


def delete_some_rows(
    session: Session,
    tenant_id: int,
    model: type[TenantOwned],
    limit: int,
    except_task: str = "",
    except_owed: str = "",
) -> int:
    """Delete at most ``limit`` rows of one table that the tenant owns, and return their number.

    The task with the id ``except_task`` is kept, and so are messages of the kind ``except_owed`` that wait.
    """
    key = inspect(model).primary_key
    some = select(*key).where(*_select_owned(model, tenant_id, except_task, except_owed)).limit(limit)
    return change(session, delete(model).where(tuple_(*key).in_(some)))


def _select_owned(
    model: type[TenantOwned], tenant_id: int, except_task: str, except_owed: str
) -> list[ColumnElement[bool]]:
    owned = [model.tenant_id == tenant_id]
    if model is Task and except_task:
        return [*owned, Task.id != except_task]
    if model is OutboxMessage and except_owed:
        waiting = (OutboxMessage.kind == except_owed) & (OutboxMessage.state == OutboxState.WAITING)
        return [*owned, ~waiting]
    return owned


def iterate_tables(session: Session, tenant_id: int) -> Iterator[tuple[str, Iterator[dict[str, Any]]]]:
    """Yield the tenant's row and all that it owns: each table's name and its rows, dicts from column to value.

    The rows are read a few at a time while they are iterated. Columns of bytes are left out: they are made from the
    documents' texts, which people have.
    """
    owned = {model: model.tenant_id == tenant_id for model in list_owned_models()}
    for model, mine in [(Tenant, Tenant.id == tenant_id), *owned.items()]:
        yield str(inspect(model).local_table), _iterate_rows(session, model, mine)


def _iterate_rows(session: Session, model: Any, mine: ColumnElement[bool]) -> Iterator[dict[str, Any]]:
    attributes = inspect(model).column_attrs
    columns = [
        each.columns[0].label(each.key) for each in attributes if not isinstance(each.columns[0].type, LargeBinary)
    ]
    found = session.execute(select(*columns).where(mine).execution_options(yield_per=ROWS_AT_ONCE))
    return (dict(row) for row in found.mappings())


def count_rows(session: Session, tenant_id: int, except_task: str = "", except_owed: str = "") -> int:
    """Return the number of rows that the tenant owns in all tables together, without those of ``delete_some_rows``."""
    counts = (
        select(func.count()).select_from(model).where(*_select_owned(model, tenant_id, except_task, except_owed))
        for model in list_owned_models()
    )
    return sum(session.scalars(count).one() for count in counts)


def delete_tenant(session: Session, tenant_id: int) -> None:
    session.execute(delete(Tenant).where(Tenant.id == tenant_id))


def set_awaiting(session: Session, tenant_id: int, awaiting: str | None) -> None:
    """Store what the person's next text is taken for, as in ``Tenant.awaiting``; None for a question."""
    session.execute(update(Tenant).where(Tenant.id == tenant_id).values(awaiting=awaiting))


def start_conversation(session: Session, tenant_id: int, now: datetime) -> None:
    """Begin a new conversation: what was said before ``now`` is no longer part of it."""
    session.execute(update(Tenant).where(Tenant.id == tenant_id).values(fresh_since=now))


def mark_unreachable(session: Session, tenant_id: int, now: datetime) -> None:
    """Record that the person has blocked the bot or deleted the chat."""
    session.execute(update(Tenant).where(Tenant.id == tenant_id).values(unreachable_at=now))
