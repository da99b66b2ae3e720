"""The citations of a tenant's answers, which the buttons below an answer show."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, select, tuple_
from sqlalchemy.orm import Session

from db.models import Citation
from db.operations.claims import change
from errors import UserMistake


def replace_citations(session: Session, tenant_id: int, question_id: str, citations: Sequence[Citation]) -> None:
    """Delete the citations of the question and store these instead."""
    mine = (Citation.tenant_id == tenant_id) & (Citation.question_id == question_id)
    session.execute(delete(Citation).where(mine))
    for citation in citations:
        citation.tenant_id, citation.question_id = tenant_id, question_id
    session.add_all(citations)


def delete_some(session: Session, tenant_id: int, document_id: str, limit: int) -> int:
    """Delete at most ``limit`` citations of the document, and return their number."""
    key = (Citation.question_id, Citation.number)
    some = select(*key).where(Citation.tenant_id == tenant_id, Citation.document_id == document_id).limit(limit)
    return change(session, delete(Citation).where(tuple_(*key).in_(some)))


def get_citation(session: Session, tenant_id: int, question_id: str, number: int) -> Citation:
    """Return the citation. Raise ``UserMistake("citation_gone")`` if it is missing or another tenant's."""
    wanted = (Citation.tenant_id == tenant_id) & (Citation.question_id == question_id) & (Citation.number == number)
    found = session.scalars(select(Citation).where(wanted)).first()
    if found is None:
        raise UserMistake("citation_gone")
    return found
