"""A finished document is embedded anew when another model is in use, without a word to its owner."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from db.models import Document
from processing.archive import read_vectors
from processing.documents import library
from processing.documents.films.renewal import RENEWAL_JOB, request_renewals
from processing.jobs.run import run_next
from processing.maintenance.audit.findings import audit_storage
from processing.maintenance.renew import request_all
from storage.keys import attempt_prefix
from tests.integration.people import People
from tests.integration.workers import DisturbedEmbedder, DocumentWorker, open_worker


class OtherEmbedder(DisturbedEmbedder):
    model, dimension = "other", 24


@pytest.fixture
def worker(people: People, tmp_path: Path) -> DocumentWorker:
    return open_worker(people, tmp_path)


@pytest.fixture
def document(worker: DocumentWorker) -> Document:
    """A document of the first model; now there is another."""
    document = worker.send(worker.people.alice)
    assert worker.work()
    worker.services.embedder = OtherEmbedder()
    return read(worker, document)


def read(worker: DocumentWorker, document: Document) -> Document:
    row = worker.people.read(document.id)
    assert row is not None
    return row


def ask(worker: DocumentWorker, *asked: Document) -> None:
    request_renewals(worker.services, worker.people.alice, 1001, asked)


def open_vectors(worker: DocumentWorker, document: Document) -> NDArray[np.float32]:
    key = attempt_prefix(document.tenant_id, document.id, document.archive_version or 0) + "archive.faiss"
    with worker.services.storage.local_copy(key) as path:
        return read_vectors(path)


def test_the_next_question_has_the_archive_made_anew(worker: DocumentWorker, document: Document) -> None:
    said = (len(worker.notifier.delivered), len(worker.notifier.notices))
    ask(worker, document)
    assert run_next(worker.services, RENEWAL_JOB)
    renewed = read(worker, document)
    assert (renewed.model, renewed.state) == ("other", document.state)
    assert renewed.words_version == document.words_version and renewed.archive_version != document.archive_version
    assert open_vectors(worker, renewed).shape == (renewed.passages, 24)
    assert worker.services.index_cache.open_index(renewed).model == "other"
    assert list(audit_storage(worker.services)) == [] and worker.list_scratch_files() == []
    assert (len(worker.notifier.delivered), len(worker.notifier.notices)) == said


def test_it_is_asked_for_once_and_only_where_it_is_needed(worker: DocumentWorker, document: Document) -> None:
    for _ in range(3):
        ask(worker, document)
    assert run_next(worker.services, RENEWAL_JOB) and not run_next(worker.services, RENEWAL_JOB)
    ask(worker, read(worker, document))
    assert not run_next(worker.services, RENEWAL_JOB)


def during(worker: DocumentWorker, act: Callable[[], object]) -> None:
    embedder = worker.services.embedder
    assert isinstance(embedder, OtherEmbedder)
    embedder.disturb = act


def test_a_document_that_is_deleted_meanwhile_leaves_nothing(worker: DocumentWorker, document: Document) -> None:
    ask(worker, document)
    during(worker, lambda: library.delete_document(worker.services, document.tenant_id, document.id))
    assert run_next(worker.services, RENEWAL_JOB)
    assert worker.people.read(document.id) is None and worker.list_stored() == []


def test_an_attempt_that_fails_leaves_the_old_archive(
    worker: DocumentWorker, document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(worker, document)
    save, failed = worker.services.storage.save_file, list[str]()

    def fail(key: str, source: Path) -> None:
        if key.endswith("archive.faiss") and not failed:
            failed.append(key)
            raise ZeroDivisionError
        save(key, source)

    monkeypatch.setattr(worker.services.storage, "save_file", fail)
    assert run_next(worker.services, RENEWAL_JOB)
    row = read(worker, document)
    assert failed and (row.model, row.archive_version) == (document.model, document.archive_version)
    assert open_vectors(worker, row).shape[1] == 16
    worker.people.clock.pass_time(seconds=3600)
    assert run_next(worker.services, RENEWAL_JOB)
    assert read(worker, document).model == "other" and list(audit_storage(worker.services)) == []


def test_words_that_were_changed_are_left_as_they_are(
    worker: DocumentWorker, document: Document, tmp_path: Path
) -> None:
    [path] = [path for path in (tmp_path / "storage").rglob("passages*") if path.is_file()]
    path.write_bytes(b"{}")
    ask(worker, document)
    assert run_next(worker.services, RENEWAL_JOB)
    assert read(worker, document).model == document.model


def list_names(keys: Sequence[str]) -> list[str]:
    return [key.rpartition("/")[2] for key in keys]


def test_no_file_of_the_old_archive_is_left(worker: DocumentWorker, document: Document) -> None:
    before = sorted(list_names(worker.list_stored()))
    ask(worker, document)
    assert run_next(worker.services, RENEWAL_JOB)
    assert sorted(list_names(worker.list_stored())) == before


def test_an_operator_has_all_archives_made_anew(worker: DocumentWorker, document: Document) -> None:
    other = worker.send(worker.people.charlie)
    assert request_all(worker.services, "other") == 1
    assert request_all(worker.services, "other") == 1
    assert run_next(worker.services, RENEWAL_JOB) and not run_next(worker.services, RENEWAL_JOB)
    assert read(worker, document).model == "other"
    assert request_all(worker.services, "other") == 0
    assert read(worker, other).model is None
