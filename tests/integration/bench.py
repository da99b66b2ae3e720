"""Collaborators of a worker, for tests of use cases: database and storage are real, messages are recorded."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from db.engine import Database
from db.models import Document
from db.operations import documents
from db.operations.upkeep import accounts
from db.states import State
from processing.kinds import BY_NAME
from processing.retrieval.index_cache import IndexCache
from processing.retrieval.passage_file import write_passages
from processing.runtime.leases import LeaseKeeper
from processing.services import WorkerServices
from processing.types import Passage, Picture, PictureOrder
from settings import load_settings
from storage.keys import passages_key
from storage.local import LocalStorage
from tests.alike import EmbedsAlike
from tests.deliveries import deliver_due
from tests.doubles import Clock, CountingWakeUp, RecordingNotifier


class NoEmbedder(EmbedsAlike):
    """An embedder whose vectors are zero; the documents of these tests have none."""

    model, dimension, max_tokens = "none", 3, 256

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.zeros((len(texts), 3), np.float32)

    def warm_up(self) -> None: ...

    def count_tokens(self, text: str) -> int:
        return len(text.split())


@dataclass
class Bench:
    """A worker and its doubles; ``orders`` are the pictures that were requested."""

    services: WorkerServices
    notifier: RecordingNotifier
    wake_up: CountingWakeUp
    clock: Clock
    orders: list[PictureOrder]

    def add_person(self, telegram_id: int, language: str = "en") -> int:
        with self.services.database.upkeep() as session:
            return accounts.ensure_tenant(session, telegram_id, language, self.clock()).id

    def add_document(
        self, tenant_id: int, texts: Sequence[str | Passage], kind: str = "pdf", name: str = "book.pdf"
    ) -> Document:
        """A searchable document; each text is a passage on a page of its own."""
        document = Document(
            id=secrets.token_hex(8), state=State.READY, name=name, kind=kind,
            size_bytes=1, sha256=secrets.token_hex(32),
            words_version=1, due_at=self.clock(), created_at=self.clock(), chat_id=tenant_id,
        )  # fmt: skip
        with self.services.database.tenant(tenant_id) as session:
            documents.add_document(session, tenant_id, document)
        passages = [
            text if isinstance(text, Passage) else Passage(index, text, index + 1, index + 1)
            for index, text in enumerate(texts)
        ]
        with tempfile.NamedTemporaryFile(suffix=".jsonl") as file:
            write_passages(passages, Path(file.name))
            self.services.storage.save_file(passages_key(tenant_id, document.id, 1), Path(file.name))
            original = f"tenants/{tenant_id}/documents/{document.id}/original"
            self.services.storage.save_file(original, Path(file.name))
        return document


def make_bench(folder: Path, clock: Clock, model: Any = None) -> Bench:
    settings = load_settings(None).model_copy(update={"data_dir": folder})
    database = Database(f"sqlite:///{folder / 'bench.db'}")
    database.migrate()
    storage, notifier, wake_up = LocalStorage(folder / "storage"), RecordingNotifier(), CountingWakeUp()
    orders: list[PictureOrder] = []

    def draw(path: Path, order: PictureOrder) -> Picture:
        orders.append(order)
        return Picture(order.first_page, path.read_bytes())

    services = WorkerServices(
        settings, database, storage, wake_up, notifier, clock, "bench",
        leases=LeaseKeeper(database, clock, "bench", "answers"),
        reader=cast(Any, None), draw=draw, embedder=NoEmbedder(), model=model,
        index_cache=IndexCache(storage, NoEmbedder()),
    )  # fmt: skip
    services.wake_outbox = lambda: deliver_due(services, BY_NAME)
    return Bench(services, notifier, wake_up, clock, orders)
