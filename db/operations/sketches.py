"""The sketches of a tenant's documents, which a search over many documents reads instead of opening them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from db.models import Sketch


def list_sketches(session: Session, tenant_id: int, document_ids: Sequence[str]) -> Sequence[Sketch]:
    """Return the sketches of these documents that are stored; few hundred ids at a time."""
    return session.scalars(
        select(Sketch).where(Sketch.tenant_id == tenant_id, Sketch.document_id.in_(document_ids))
    ).all()


def find_sketch(session: Session, tenant_id: int, document_id: str) -> Sketch | None:
    mine = (Sketch.tenant_id == tenant_id) & (Sketch.document_id == document_id)
    return session.scalars(select(Sketch).where(mine)).first()


def put_sketch(session: Session, tenant_id: int, sketch: Sketch) -> None:
    """Store the sketch in place of an earlier one of its document.

    Do nothing if the document was deleted, or if another process stores one at the same time: a search makes a sketch
    that is missing.
    """
    known = find_sketch(session, tenant_id, sketch.document_id)
    if known is not None:
        known.format, known.words_version, known.words = sketch.format, sketch.words_version, sketch.words
        known.archive_version, known.meaning = sketch.archive_version, sketch.meaning
        return
    sketch.tenant_id = tenant_id
    try:
        with session.begin_nested():
            session.add(sketch)
    except IntegrityError:
        return


def put_meaning(
    session: Session, tenant_id: int, document_id: str, words_version: int, archive_version: int, meaning: bytes
) -> None:
    """Add the meaning to the sketch of these words. Do nothing if there is no such sketch."""
    known = find_sketch(session, tenant_id, document_id)
    if known is not None and known.words_version == words_version:
        known.archive_version, known.meaning = archive_version, meaning
