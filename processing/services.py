"""The services that every use case takes as its first argument."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from db.engine import Database
from db.operations import tenants
from processing.ports import Draw, Embedder, LanguageModel, Notifier, Reader, Storage, WakeUp
from settings import Settings

if TYPE_CHECKING:
    from processing.retrieval.index_cache import IndexCache
    from processing.runtime.leases import LeaseKeeper


def read_clock() -> datetime:
    return datetime.now(UTC)


def do_nothing() -> None:
    """For processes that send nothing, such as the audit."""


@dataclass
class Services:
    """The services that the bot and the workers have in common."""

    settings: Settings
    database: Database
    storage: Storage
    wake_up: WakeUp
    notifier: Notifier
    clock: Callable[[], datetime] = read_clock
    # Called after a message was added to the outbox, so that it is sent at once.
    wake_outbox: Callable[[], None] = field(default=do_nothing, kw_only=True)
    # Called every few seconds, where ``clock`` is the clock of the database.
    sync_clock: Callable[[], None] = field(default=do_nothing, kw_only=True)

    @property
    def bot_id(self) -> int:
        return self.settings.bot_id

    @property
    def scratch_directory(self) -> Path:
        return self.settings.scratch_directory

    def get_language(self, tenant_id: int) -> str:
        """Return the code (such as ``en``) of the language in which the bot writes to the tenant."""
        with self.database.tenant(tenant_id, reading=True) as session:
            return tenants.get_tenant(session, tenant_id).language


@dataclass
class WorkerServices(Services):
    """The services of a worker, whose name is ``worker``. ``stopping`` is set when its process is asked to end.

    ``threads`` is the number of rows that the process has in work at most. ``suspect_command`` starts the process in
    which suspects are tried, which is handed ``secrets``; ``alone`` is True in that process, which claims nothing else.
    A thread that claims a row holds ``claiming``, so that the shares of tenants are counted correctly.
    """

    worker: str = ""
    leases: LeaseKeeper = field(kw_only=True)
    reader: Reader = field(kw_only=True)
    draw: Draw = field(kw_only=True)
    embedder: Embedder = field(kw_only=True)
    index_cache: IndexCache = field(kw_only=True)
    model: LanguageModel | None = None
    stopping: threading.Event = field(default_factory=threading.Event)
    threads: int = 1
    alone: bool = False
    suspect_command: Sequence[str] = ()
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    claiming: threading.Lock = field(default_factory=threading.Lock)
