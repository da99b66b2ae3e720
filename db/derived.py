"""Tables of what can be made again at any time: sketches of documents, leases of upkeep."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, TenantOwned


class Sketch(TenantOwned, Base):
    """What a search over many documents knows of one without opening it; ``processing.retrieval.sketch`` encodes it.

    ``words`` is made from the passages of ``words_version``, ``meaning`` from the vectors of ``archive_version``. A
    sketch of another version or ``format`` counts as missing.
    """

    __tablename__ = "sketches"

    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True)
    format: Mapped[int]
    words_version: Mapped[int]
    words: Mapped[bytes] = mapped_column(LargeBinary)
    archive_version: Mapped[int | None]
    meaning: Mapped[bytes | None] = mapped_column(LargeBinary)

    __table_args__ = (Index(None, "tenant_id"),)


class UpkeepLease(Base):
    """The process that does a part of upkeep for which one process is enough, until ``lease_until``."""

    __tablename__ = "upkeep_leases"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    holder: Mapped[str] = mapped_column(String(64))
    lease_until: Mapped[datetime]
