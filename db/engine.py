"""Database sessions: those of one tenant see its rows only, those for upkeep see all rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria
from tenacity import retry, retry_if_exception_message, stop_after_delay, wait_random

from db.models import Tenant, TenantOwned
from errors import DocumentNotFound, TransientFailure

TENANT = "tenant_id"
BUSY_TIMEOUT_SECONDS = 20
# Errors of a database that is locked, restarting, overloaded or gone in the middle of a statement.
UNAVAILABLE = (OperationalError, InterfaceError, InternalError, NoConnectionFree)
MIGRATIONS = Path(__file__).parent / "migrations"


class DatabaseUnavailable(TransientFailure):
    """The database did not answer. A commit that fails with this error may still have taken effect."""

    key = "database_busy"


class Database:
    """The engine of this process, which connects with the first session.

    Its sessions raise ``DatabaseUnavailable`` if the database does not answer. Those with ``reading`` may not write:
    they begin without SQLite's write lock.
    """

    def __init__(self, url: str, pool_size: int = 20) -> None:
        self.url = url
        self.engine = make_engine(url, pool_size)

    @contextmanager
    def tenant(self, tenant_id: int, *, reading: bool = False) -> Iterator[Session]:
        """A context with one transaction that sees and writes only rows of ``tenant_id``, committed at its end."""
        with self._begin(reading) as session:
            session.info[TENANT] = tenant_id
            yield session

    @contextmanager
    def upkeep(self, *, reading: bool = False) -> Iterator[Session]:
        """A context with one transaction over the rows of all tenants, for ``db/operations/upkeep/`` only."""
        with self._begin(reading) as session:
            yield session

    def migrate(self) -> None:
        """Migrate the schema to the newest version. Processes that start at the same time wait for each other."""
        url = make_url(self.url)
        if url.database and url.get_backend_name() == "sqlite":
            Path(url.database).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        with self.engine.connect() as connection, connection.begin():
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(7625)"))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def read_time(self) -> datetime:
        """Return the time of the database server; of SQLite that of this machine."""
        with self.upkeep(reading=True) as session:
            if self.engine.dialect.name == "postgresql":
                told: datetime = session.execute(text("SELECT clock_timestamp()")).scalar_one()
                return told.astimezone(UTC)
            written = session.execute(text("SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now')")).scalar_one()
            return datetime.fromisoformat(written).replace(tzinfo=UTC)

    def check(self) -> None:
        """Raise ``DatabaseUnavailable`` if the database does not answer."""
        with self.upkeep(reading=True) as session:
            session.execute(text("SELECT 1"))

    def close(self) -> None:
        self.engine.dispose()

    @contextmanager
    def _begin(self, reading: bool) -> Iterator[Session]:
        engine = self.engine.execution_options(reading=True) if reading else self.engine
        try:
            with Session(engine, expire_on_commit=False) as session, session.begin():
                yield session
        except UNAVAILABLE as error:
            raise DatabaseUnavailable from error


def make_engine(url: str, pool_size: int) -> Engine:
    """Return an engine for PostgreSQL, or for SQLite in WAL mode (docs/decisions/0010).

    Errors show no parameters of statements, because names and questions would get into the log.
    """
    address = make_url(url)
    if address.get_backend_name() != "sqlite":
        # The driver is named because SQLAlchemy 2.1 has another default.
        address = address.set(drivername="postgresql+psycopg2")
        return create_engine(
            address, pool_size=pool_size, max_overflow=10, pool_pre_ping=True, pool_timeout=15, hide_parameters=True
        )
    engine = create_engine(
        url,
        pool_size=pool_size,
        pool_timeout=30,
        hide_parameters=True,
        connect_args={"timeout": BUSY_TIMEOUT_SECONDS, "check_same_thread": False},
    )
    event.listen(engine, "connect", prepare_sqlite)
    event.listen(engine, "begin", begin_sqlite)
    return engine


def prepare_sqlite(connection: Any, _record: object) -> None:
    """Leave the start of transactions to ``begin_sqlite``, and switch on durability and foreign keys."""
    connection.isolation_level = None
    write_ahead(connection)
    for pragma in ("synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


@retry(
    retry=retry_if_exception_message(match="database is locked"),
    wait=wait_random(0, 0.1),
    stop=stop_after_delay(BUSY_TIMEOUT_SECONDS),
    reraise=True,
)
def write_ahead(connection: Any) -> None:
    """Switch the database to WAL mode. Retried, because SQLite does not wait if several processes switch at once."""
    connection.execute("PRAGMA journal_mode=WAL")


def begin_sqlite(connection: Connection) -> None:
    """Begin a transaction, with the write lock unless the session is for reading."""
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


@event.listens_for(Session, "do_orm_execute")
def filter_by_tenant(state: ORMExecuteState) -> None:
    """Restrict ORM statements of a tenant's session to rows of that tenant, in case a statement forgot its own filter.

    Textual SQL and statements on tables instead of models are not restricted.
    """
    tenant_id = state.session.info.get(TENANT)
    if tenant_id is None or state.is_column_load or state.is_relationship_load:
        return
    if (state.is_insert or state.is_executemany) and state.bind_mapper is not None:
        refuse_in_bulk(state.bind_mapper.class_)
    state.statement = state.statement.options(
        with_loader_criteria(TenantOwned, lambda cls: cls.tenant_id == tenant_id, include_aliases=True),
        with_loader_criteria(Tenant, lambda cls: cls.id == tenant_id, include_aliases=True),
    )


def refuse_in_bulk(model: type) -> None:
    """Raise ``DocumentNotFound`` for a model of tenants' rows: an INSERT or bulk UPDATE can't be restricted."""
    if issubclass(model, (Tenant, TenantOwned)):
        raise DocumentNotFound


@event.listens_for(Session, "before_flush")
def refuse_foreign_rows(session: Session, _context: object, _instances: object) -> None:
    """Raise ``DocumentNotFound``, as for a missing row, if a tenant's session writes a row of another tenant."""
    tenant_id = session.info.get(TENANT)
    if tenant_id is None:
        return
    for row in (*session.new, *session.dirty, *session.deleted):
        if isinstance(row, TenantOwned) and row.tenant_id != tenant_id:
            raise DocumentNotFound
