"""A worker whose storage is a bucket: processing, search, export, erasure, and a server that stops in the middle."""

from __future__ import annotations

from pathlib import Path

import pytest

from db.states import State
from processing.documents import library
from processing.documents.films import export
from processing.jobs.run import run_next
from processing.maintenance import audit
from processing.maintenance.garbage import GarbageCollector
from processing.tenants import erasure
from storage.choose import open_storage
from storage.keys import ARCHIVE_FILES, INDEX, PASSAGES, document_prefix, original_key
from tests.integration.people import People
from tests.integration.workers import DocumentWorker, open_worker
from tests.servers.programs import S3Server


@pytest.fixture
def worker(bucket_url: str, people: People, tmp_path: Path) -> DocumentWorker:
    return open_worker(people, tmp_path, open_storage(bucket_url, tmp_path / "data" / "scratch"))


def test_document_is_stored_in_the_bucket_and_deleted_from_it(
    worker: DocumentWorker, people: People, s3_server: S3Server, bucket_url: str
) -> None:
    document, services = worker.send(people.alice), worker.services
    assert worker.work()
    row = people.read(document.id)
    assert row is not None and row.state == State.READY
    prefix = f"some/prefix/{document_prefix(people.alice, document.id)}"
    made = sorted(f"attempts/1/{file}" for file in (PASSAGES, INDEX, *ARCHIVE_FILES))
    assert s3_server.list_objects(bucket_url) == [f"{prefix}{name}" for name in (*made, "original")]
    assert "day 7." in services.index_cache.list_quotes([row], "Which paragraph says day 7?", 1)[0].text
    with export.open_export(services, people.alice, document.id) as film:
        assert film.path.stat().st_size == film.size > 0
    assert worker.list_scratch_files() == []
    library.delete_document(services, people.alice, document.id)
    assert s3_server.list_objects(bucket_url) == []


def test_erasure_deletes_the_files_of_alice_and_keeps_those_of_charlie(
    worker: DocumentWorker, people: People, s3_server: S3Server, bucket_url: str
) -> None:
    worker.send(people.alice)
    theirs = worker.send(people.charlie)
    erasure.request_erasure(worker.services, people.alice, 1001, 5, 50, "update")
    assert run_next(worker.services, erasure.ERASURE_JOB)
    assert s3_server.list_objects(bucket_url) == [f"some/prefix/{original_key(people.charlie, theirs.id)}"]


def test_file_without_a_row_is_reported_and_collected(
    worker: DocumentWorker, people: People, s3_server: S3Server, bucket_url: str, tmp_path: Path
) -> None:
    stray = tmp_path / "stray"
    stray.write_bytes(b"1")
    worker.services.storage.save_file(original_key(people.alice, "f" * 16), stray)
    assert any("no row refers to it" in finding for finding in audit.list_findings(worker.services))
    collector = GarbageCollector()
    collector.collect(worker.services)
    collector.collect(worker.services)
    assert s3_server.list_objects(bucket_url) == []


def test_document_is_queued_again_when_the_server_stops_in_the_middle(
    worker: DocumentWorker, people: People, s3_server: S3Server
) -> None:
    document = worker.send(people.alice)
    worker.embedder.disturb = s3_server.stop
    assert worker.work()
    row = people.read(document.id)
    assert row is not None and (row.state, row.attempts) == (State.QUEUED, 1)
    assert worker.list_scratch_files() == []
