"""A session of Alice reads and changes no row of Charlie, even if a statement has no filter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import delete, exists, func, insert, select, update
from sqlalchemy.orm import Session, aliased

from db.engine import Database
from db.models import Document, Question, Tenant
from db.operations import claims, documents, tenants
from db.states import State
from errors import DocumentNotFound, LeaseLost
from tests.integration.people import People, make_document

FOREIGN = "c" * 16
MISSING = "0" * 16
OTHER = aliased(Document)


@pytest.fixture
def foreign(people: People) -> Document:
    """Charlie's only document; Alice has another one."""
    people.add_document(people.alice, id="a" * 16, name="Alice's")
    people.add_question(people.charlie, id="d" * 16)
    return people.add_document(people.charlie, id=FOREIGN, name="Charlie's")


@pytest.fixture
def alice(database: Database, people: People, foreign: Document) -> Callable[[Callable[[Session], Any]], Any]:
    def run(what: Callable[[Session], Any]) -> Any:
        with database.tenant(people.alice) as session:
            return what(session)

    return run


def is_untouched(people: People, foreign: Document) -> bool:
    row = people.read(FOREIGN)
    return row is not None and (row.name, row.tenant_id, row.state) == (foreign.name, people.charlie, foreign.state)


# Statements without a filter by tenant.
LOOKS: dict[str, Callable[[Session], Any]] = {
    "by condition": lambda session: session.scalars(select(Document).where(Document.id == FOREIGN)).all(),
    "columns": lambda session: session.execute(select(Document.name).where(Document.id == FOREIGN)).all(),
    "by key": lambda session: session.get(Document, FOREIGN),
    "alias": lambda session: session.scalars(select(OTHER).where(OTHER.id == FOREIGN)).all(),
    "count": lambda session: session.scalar(select(func.count()).select_from(Document).where(Document.id == FOREIGN)),
    "exists": lambda session: session.scalar(select(exists().where(Document.id == FOREIGN))),
    "subquery": lambda session: session.execute(
        select(select(Document.name).where(Document.id == FOREIGN).subquery())
    ).all(),
    "join": lambda session: session.execute(
        select(Document.name).join(Tenant, Tenant.id == Document.tenant_id).where(Tenant.telegram_id == 1003)
    ).all(),
    "tenant": lambda session: session.scalars(select(Tenant).where(Tenant.telegram_id == 1003)).all(),
    "questions": lambda session: session.scalars(select(Question)).all(),
    "old style": lambda session: session.query(Document).filter_by(id=FOREIGN).all(),
}


@pytest.mark.parametrize("name", LOOKS)
def test_alice_reads_nothing_of_charlie(name: str, alice: Callable[..., Any]) -> None:
    assert not alice(LOOKS[name])


def test_charlie_and_upkeep_read_what_alice_cannot(people: People, database: Database, foreign: Document) -> None:
    for name in (
        "by condition",
        "columns",
        "by key",
        "count",
        "exists",
        "subquery",
        "join",
        "tenant",
        "old style",
    ):
        with database.tenant(people.charlie) as session:
            assert LOOKS[name](session), name
        with database.upkeep() as session:
            assert LOOKS[name](session), name


CHANGES: dict[str, Callable[[Session], Any]] = {
    "update of all": lambda session: session.execute(update(Document).values(name="taken")),
    "update by id": lambda session: session.execute(
        update(Document).where(Document.id == FOREIGN).values(name="taken")
    ),
    "delete of all": lambda session: session.execute(delete(Document)),
    "delete by id": lambda session: session.execute(delete(Document).where(Document.id == FOREIGN)),
    "old style": lambda session: session.query(Document).update({"name": "taken"}),
    "without synchronising": lambda session: claims.change(session, update(Document).values(state=State.READY)),
}


@pytest.mark.parametrize("name", CHANGES)
def test_statement_without_a_filter_leaves_charlies_rows_unchanged(
    name: str, alice: Callable[..., Any], people: People, foreign: Document
) -> None:
    alice(CHANGES[name])
    assert is_untouched(people, foreign)


def give_row(session: Session, people: People) -> None:
    session.add(make_document(people.clock, tenant_id=people.charlie))
    session.flush()


def give_away(session: Session, people: People) -> None:
    documents.get_document(session, people.alice, "a" * 16).tenant_id = people.charlie
    session.flush()


def insert_row(session: Session, people: People) -> None:
    values = {"id": "e" * 16, "tenant_id": people.charlie, "name": "x", "kind": "pdf", "size_bytes": 1, "sha256": "x"}
    more = {"chat_id": 1, "created_at": people.clock(), "due_at": people.clock(), "error_facts": {}, "hashes": {}}
    session.execute(insert(Document).values(**values, **more))


def update_by_keys(session: Session, people: People) -> None:
    session.execute(update(Document), [{"id": FOREIGN, "name": "taken"}])


def attach(session: Session, people: People) -> None:
    row = people.read(FOREIGN)
    assert row is not None
    session.add(row)
    row.name = "taken"
    session.flush()


def attach_and_delete(session: Session, people: People) -> None:
    row = people.read(FOREIGN)
    assert row is not None
    session.delete(row)
    session.flush()


@pytest.mark.parametrize("write", [give_row, give_away, insert_row, update_by_keys, attach, attach_and_delete])
def test_writing_rows_of_another_tenant_is_refused(
    write: Callable[[Session, People], None], alice: Callable[..., Any], people: People, foreign: Document
) -> None:
    with pytest.raises(DocumentNotFound):
        alice(lambda session: write(session, people))
    assert is_untouched(people, foreign)
    with people.database.upkeep(reading=True) as session:
        assert session.scalar(select(func.count()).where(Document.tenant_id == people.charlie)) == 1


ERRORS: dict[str, Callable[[Session, int, str], Any]] = {
    "get": documents.get_document,
    "rename": lambda session, tenant, row: documents.rename_document(session, tenant, row, "taken"),
    "delete": documents.delete_document,
    "write": lambda session, tenant, row: claims.write_claimed(session, tenant, Document, row, 0, name="taken"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_foreign_and_missing_rows_raise_the_same_error(
    name: str, alice: Callable[..., Any], people: People, foreign: Document
) -> None:
    errors = []
    for row in (FOREIGN, MISSING):
        with pytest.raises((DocumentNotFound, LeaseLost)) as caught:
            alice(lambda session, row=row: ERRORS[name](session, people.alice, row))
        errors.append((type(caught.value), caught.value.key, caught.value.facts))
    assert errors[0] == errors[1]
    assert is_untouched(people, foreign)


def test_session_filter_stops_a_wrong_tenant_argument(
    alice: Callable[..., Any], people: People, foreign: Document
) -> None:
    """Operations filter by the tenant id they are given; with Charlie's id only the session still protects him."""
    assert alice(lambda session: documents.list_documents(session, people.charlie)) == []
    assert alice(lambda session: documents.get_used_bytes(session, people.charlie)) == 0
    alice(lambda session: tenants.choose_document(session, people.charlie, "a" * 16))
    alice(lambda session: claims.request_cancel(session, people.charlie, Document, FOREIGN, people.clock()))
    assert is_untouched(people, foreign)
    with people.database.tenant(people.charlie, reading=True) as session:
        assert tenants.get_tenant(session, people.charlie).chosen_document_id is None
