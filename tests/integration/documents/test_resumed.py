"""Another attempt at a document goes on where the last one was killed, and makes the same archive."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from db.models import Document
from db.states import State
from processing.archive import read_vectors, vectors
from processing.maintenance.audit.findings import audit_storage
from processing.maintenance.garbage import GarbageCollector
from storage.keys import PASSAGES, attempt_prefix, index_key, original_key, passages_key
from tests.integration.people import People
from tests.integration.workers import DisturbedEmbedder, DocumentWorker, open_worker

BATCH = vectors.EMBED_BATCH
PASSAGES_MADE = 640
TEXT = "\n\n".join(
    f"Chapter {number}\n" + f"The walrus number {number} dives for clams at noon. " * 14
    for number in range(PASSAGES_MADE)
).encode()


class Killed(BaseException):
    """Ends an attempt as the death of its process does: nothing is recorded or cleaned up."""


class CountingEmbedder(DisturbedEmbedder):
    """Remembers the texts that it embedded, and dies when asked for more than ``lives``."""

    def __init__(self) -> None:
        super().__init__()
        self.embedded: list[str] = []
        self.lives = 10**9

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if len(self.embedded) + len(texts) > self.lives:
            raise Killed
        self.embedded += texts
        return super().embed(texts)


@pytest.fixture
def kind() -> str:
    return "sqlite"


@pytest.fixture
def worker(people: People, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DocumentWorker:
    """A worker that stores parts as often as a slow embedder would have it."""
    monkeypatch.setattr(vectors, "PART_SECONDS", 0.0)
    worker = open_worker(people, tmp_path)
    worker.services.embedder = CountingEmbedder()
    return worker


def get_embedder(worker: DocumentWorker) -> CountingEmbedder:
    assert isinstance(worker.services.embedder, CountingEmbedder)
    return worker.services.embedder


def kill_at(worker: DocumentWorker, share: float) -> Document:
    """Send a document whose attempt is killed after ``share`` of its passages are embedded."""
    get_embedder(worker).embedded.clear()
    get_embedder(worker).lives = int(share * PASSAGES_MADE)
    document = worker.send(worker.people.alice, TEXT)
    with pytest.raises(Killed):
        worker.work()
    get_embedder(worker).lives = 10**9
    worker.people.clock.pass_time(seconds=31)
    return document


def go_on(worker: DocumentWorker) -> list[str]:
    """Make the next attempt and return the texts that it embedded."""
    get_embedder(worker).embedded.clear()
    assert worker.work_alone()
    return get_embedder(worker).embedded


def read_archive(worker: DocumentWorker, document: Document) -> NDArray[np.float32]:
    row = worker.people.read(document.id)
    assert row is not None and row.state == State.READY and row.archive_version is not None
    key = attempt_prefix(row.tenant_id, row.id, row.archive_version) + "archive.faiss"
    with worker.services.storage.local_copy(key) as path:
        return read_vectors(path)


def test_attempt_killed_at_ninety_per_cent_is_not_made_again(worker: DocumentWorker, people: People) -> None:
    whole = worker.send(people.charlie, TEXT)
    assert worker.work()
    document = kill_at(worker, 0.9)
    worker.services.storage.delete_file(original_key(people.alice, document.id))
    again = go_on(worker)
    assert len(again) <= 0.1 * PASSAGES_MADE + BATCH
    assert read_archive(worker, document).tobytes() == read_archive(worker, whole).tobytes()


def test_nothing_of_the_parts_is_left(worker: DocumentWorker) -> None:
    document = kill_at(worker, 0.5)
    assert any("/parts/" in key for key in worker.list_stored())
    go_on(worker)
    assert not any("/parts/" in key for key in worker.list_stored())
    assert list(audit_storage(worker.services)) == []
    assert read_archive(worker, document).shape == (PASSAGES_MADE, 16)


def spoil_words(worker: DocumentWorker, document: Document, make_key: Callable[[int, str, int], str]) -> None:
    path = worker.services.settings.data_folder / "spoilt"
    path.write_text("{}")
    worker.services.storage.save_file(make_key(document.tenant_id, document.id, 1), path)


@pytest.mark.parametrize("make_key", [passages_key, index_key])
def test_changed_words_are_read_again(worker: DocumentWorker, make_key: Callable[[int, str, int], str]) -> None:
    document = kill_at(worker, 0.5)
    spoil_words(worker, document, make_key)
    go_on(worker)
    assert read_archive(worker, document).shape == (PASSAGES_MADE, 16)
    assert sorted(key.split("/")[2] for key in worker.list_stored() if key.endswith(PASSAGES)) == ["2"]


def test_damaged_part_is_computed_again(worker: DocumentWorker, people: People, tmp_path: Path) -> None:
    whole = worker.send(people.charlie, TEXT)
    assert worker.work()
    document = kill_at(worker, 0.9)
    first = next(path for path in sorted((tmp_path / "storage").rglob("*.npy")) if "/parts/" in path.as_posix())
    content = bytearray(first.read_bytes())
    content[-3] ^= 1
    first.write_bytes(content)
    assert len(go_on(worker)) == PASSAGES_MADE
    assert read_archive(worker, document).tobytes() == read_archive(worker, whole).tobytes()


def test_other_model_reads_and_embeds_anew(worker: DocumentWorker) -> None:
    document = kill_at(worker, 0.9)
    get_embedder(worker).model = "other"
    assert len(go_on(worker)) == PASSAGES_MADE
    assert read_archive(worker, document).shape == (PASSAGES_MADE, 16)


def test_stopping_worker_keeps_every_vector(
    worker: DocumentWorker, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vectors, "PART_SECONDS", 3600.0)
    worker.send(people.alice, TEXT)
    embedder = get_embedder(worker)
    embedder.disturb = lambda: worker.services.stopping.set() if len(embedder.embedded) > 300 else None
    assert worker.work()
    worker.services.stopping.clear()
    stored = len(embedder.embedded)
    embedder.disturb = lambda: None
    embedder.embedded.clear()
    assert worker.work()
    assert stored + len(embedder.embedded) == PASSAGES_MADE


def test_parts_that_a_late_worker_stores_are_collected(worker: DocumentWorker, people: People, tmp_path: Path) -> None:
    document = worker.send(people.alice)
    assert worker.work()
    late = tmp_path / "late"
    late.write_bytes(b"late")
    key = f"tenants/{people.alice}/documents/{document.id}/parts/{'a' * 32}/00000000-00000032-{'b' * 32}.npy"
    worker.services.storage.save_file(key, late)
    assert len(list(audit_storage(worker.services))) == 1
    collector = GarbageCollector()
    for _ in range(2):
        collector.collect(worker.services)
    assert list(audit_storage(worker.services)) == []
