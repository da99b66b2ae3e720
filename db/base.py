"""The base of all models, what tenants' rows have in common, the column for a point in time, and partial indexes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect, ForeignKey, Index, MetaData, TypeDecorator, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Moment(TypeDecorator[datetime]):
    """A column for a point in time, in UTC.

    SQLite stores no time zones: the zone is removed before a value is stored and added when the value is read.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None or dialect.name != "sqlite":
            return value
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None or value.tzinfo is not None:
            return value
        return value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """The base of all models. Constraints have fixed names so that migrations find them on every database."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: Moment, dict[str, Any]: JSON}


class TenantOwned:
    """Rows that belong to one tenant; a session opened for a tenant sees no others."""

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"))


def index_part(name: str, *columns: str, where: str, on_sqlite: str = "") -> Index:
    """Return an index of the rows that meet a condition, so that statements about those touch no others.

    PostgreSQL uses it for statements that repeat the condition; ``on_sqlite`` is the condition there if it differs.
    """
    return Index(name, *columns, postgresql_where=text(where), sqlite_where=text(on_sqlite or where))
