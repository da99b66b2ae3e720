"""A document worker of real parts; embedder, clock, wake-ups and notifier are doubles."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from db.models import Document
from db.states import Queue
from processing.documents.job import DOCUMENT_JOB
from processing.extract import draw_passage, open_reader
from processing.jobs.run import run_next
from processing.kinds import BY_NAME
from processing.ports import Storage
from processing.retrieval.index_cache import IndexCache
from processing.runtime.leases import LeaseKeeper
from processing.services import WorkerServices
from settings import Settings
from storage.keys import original_key
from storage.local import LocalStorage
from tests.deliveries import deliver_due
from tests.doubles import CountingWakeUp, RecordingNotifier
from tests.integration.people import People
from tests.unit.processing.archive.samples import HashEmbedder

TEXT = "\n\n".join(f"Paragraph {number} says that the keys are returned on day {number}." for number in range(40))


def do_nothing() -> None:
    """For an embedder that is not disturbed."""


class DisturbedEmbedder(HashEmbedder):
    """Calls ``disturb`` in the middle of an attempt: the document is searchable by words, its film is not made."""

    def __init__(self) -> None:
        self.disturb: Callable[[], object] = do_nothing

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.disturb()
        return super().embed(texts)


@dataclass
class DocumentWorker:
    """A worker, its doubles, and methods that send documents and look at files."""

    people: People
    services: WorkerServices
    embedder: DisturbedEmbedder
    notifier: RecordingNotifier
    wake_up: CountingWakeUp
    sent: int = 0

    def send(self, tenant_id: int, content: bytes = TEXT.encode(), *, kind: str = "text") -> Document:
        """Store a file of the tenant and queue its document."""
        chat_id = 1001 if tenant_id == self.people.alice else 1003
        # Nobody has the same bytes twice.
        content += b"\n" * self.sent if kind == "text" else b""
        self.sent += 1
        sha256 = hashlib.sha256(content).hexdigest()
        document = self.people.add_document(tenant_id, kind=kind, chat_id=chat_id, sha256=sha256)
        source = self.services.settings.data_folder / "sent"
        source.parent.mkdir(exist_ok=True)
        source.write_bytes(content)
        self.services.storage.save_file(original_key(tenant_id, document.id), source)
        source.unlink()
        return document

    def work(self) -> bool:
        return run_next(self.services, DOCUMENT_JOB)

    def work_alone(self) -> bool:
        """Work as the process that tries suspects."""
        self.services.alone = True
        try:
            return self.work()
        finally:
            self.services.alone = False

    def list_stored(self) -> list[str]:
        """All keys in the storage, each from the document's id on."""
        return [key.split("/", 3)[3] for key in self.services.storage.list_keys("tenants")]

    def list_scratch_files(self) -> list[Path]:
        return list(self.services.scratch_directory.iterdir()) if self.services.scratch_directory.exists() else []


def open_worker(people: People, folder: Path, storage: Storage | None = None) -> DocumentWorker:
    """The storage is a folder below ``folder`` unless another is given."""
    embedder, notifier, wake_up = DisturbedEmbedder(), RecordingNotifier(), CountingWakeUp()
    storage = storage or LocalStorage(folder / "storage")
    services = WorkerServices(
        settings=Settings(_env_file=None, data_dir=folder / "data"),  # type: ignore[call-arg]
        database=people.database,
        storage=storage,
        wake_up=wake_up,
        notifier=notifier,
        clock=people.clock,
        worker="w1",
        leases=LeaseKeeper(people.database, people.clock, "w1", Queue.DOCUMENTS),
        reader=open_reader,
        draw=draw_passage,
        embedder=embedder,
        index_cache=IndexCache(storage, embedder),
    )
    services.wake_outbox = lambda: deliver_due(services, BY_NAME)
    return DocumentWorker(people, services, embedder, notifier, wake_up)
