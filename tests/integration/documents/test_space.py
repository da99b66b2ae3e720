"""The quota counts what is stored: reserved when a document is accepted and cut, measured when it is ready."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import select

from db.engine import Database
from db.models import Document
from db.operations import documents
from db.states import State
from errors import UserMistake
from processing.documents import library, upload
from processing.documents.limits import MEGABYTE, expect_bytes
from processing.documents.space import measure_stored, measure_unmeasured
from processing.documents.upload import Offer
from processing.maintenance.audit import list_findings
from tests.documents import make_pdf
from tests.integration.people import People
from tests.integration.workers import TEXT, DocumentWorker, open_worker


@pytest.fixture
def worker(people: People, tmp_path: Path) -> DocumentWorker:
    return open_worker(people, tmp_path)


def limit(worker: DocumentWorker, **settings: object) -> None:
    worker.services.settings = worker.services.settings.model_copy(update=settings)


def get_used(people: People) -> int:
    with people.database.tenant(people.alice, reading=True) as session:
        return documents.get_used_bytes(session, people.alice)


def send(worker: DocumentWorker, folder: Path, name: str = "a.txt", content: bytes = TEXT.encode()) -> Document:
    """Send a file as the bot does."""
    path = folder / name
    path.write_bytes(content)
    offer = Offer(name, len(content), None, 1, name)
    document = upload.prepare_document(worker.services, worker.people.alice, offer, path, None)
    upload.enqueue_document(worker.services, worker.people.alice, document, path)
    return document


def test_space_is_reserved_then_measured_then_free_again(
    worker: DocumentWorker, people: People, tmp_path: Path
) -> None:
    document = send(worker, tmp_path)
    assert get_used(people) == expect_bytes("text", len(TEXT.encode()))
    reserved: list[int] = []
    worker.embedder.disturb = lambda: reserved.append(get_used(people))
    assert worker.work()
    row = people.read(document.id)
    assert row is not None and row.state == State.READY
    assert row.stored_bytes == measure_stored(worker.services, row) == get_used(people)
    assert row.size_bytes < row.stored_bytes <= reserved[0]
    quota = library.get_quota(worker.services, people.alice)
    assert (quota.used, quota.sent, quota.count) == (row.stored_bytes, row.size_bytes, 1)
    library.delete_document(worker.services, people.alice, document.id)
    assert get_used(people) == 0


def test_an_attempt_that_uses_what_another_has_published_counts_that_too(
    worker: DocumentWorker, people: People, tmp_path: Path
) -> None:
    document, failures = send(worker, tmp_path), iter([RuntimeError()])

    def fail_once() -> None:
        if (error := next(failures, None)) is not None:
            raise error

    worker.embedder.disturb = fail_once
    assert worker.work()
    people.clock.pass_time(minutes=1)
    assert worker.work()
    row = people.read(document.id)
    assert row is not None and (row.state, row.words_version, row.archive_version) == (State.READY, 1, 2)
    assert row.stored_bytes == measure_stored(worker.services, row)
    assert list_findings(worker.services) == []


def test_a_document_that_leaves_no_room_is_refused_before_the_embedding(
    worker: DocumentWorker, people: People, tmp_path: Path
) -> None:
    document = send(worker, tmp_path)
    limit(worker, quota_mb=0)
    worker.embedder.disturb = lambda: pytest.fail("embedded")
    assert worker.work()
    assert [(view.state, view.error_key) for view in worker.notifier.delivered] == [(State.FAILED, "over_quota")]
    assert people.read(document.id) is None
    assert worker.list_stored() == [] == worker.list_scratch_files()


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ({"max_passages": 1}, "over_max_passages"),
        ({"max_characters": 1000}, "over_max_characters"),
    ],
)
def test_a_document_beyond_the_limits_is_refused_at_once_and_nothing_is_kept(
    worker: DocumentWorker, people: People, tmp_path: Path, settings: dict[str, int], key: str
) -> None:
    limit(worker, **settings)
    document = send(worker, tmp_path)
    worker.embedder.disturb = lambda: pytest.fail("embedded")
    assert worker.work()
    assert [(view.state, view.error_key) for view in worker.notifier.delivered] == [(State.FAILED, key)]
    assert people.read(document.id) is None and get_used(people) == 0
    assert worker.list_stored() == [] == worker.list_scratch_files()


def test_a_pdf_with_too_many_pages_is_refused_before_a_page_is_read(worker: DocumentWorker, people: People) -> None:
    limit(worker, max_pages=2)
    worker.send(people.alice, make_pdf(["Seals rest on rocks."] * 3), kind="pdf")
    assert worker.work()
    [view] = worker.notifier.delivered
    assert (view.error_key, view.error_facts) == ("too_many_pages", {"count": 3, "limit": 2})


def test_a_failed_document_takes_its_file_only_and_reserves_again(
    worker: DocumentWorker, people: People, tmp_path: Path
) -> None:
    document = send(worker, tmp_path)

    def fail() -> None:
        raise RuntimeError

    worker.embedder.disturb = fail
    for _ in range(3):
        assert worker.work()
        people.clock.pass_time(minutes=10)
    row = people.read(document.id)
    assert row is not None and row.state == State.FAILED
    assert get_used(people) == row.size_bytes == measure_stored(worker.services, row)
    limit(worker, quota_mb=0)
    with pytest.raises(UserMistake, match="over_quota"):
        upload.retry_document(worker.services, people.alice, document.id, None)
    assert get_used(people) == row.size_bytes
    limit(worker, quota_mb=1)
    upload.retry_document(worker.services, people.alice, document.id, None)
    assert get_used(people) == expect_bytes("text", row.size_bytes)


def test_of_uploads_at_the_same_time_only_those_that_fit_are_accepted(
    worker: DocumentWorker, people: People, tmp_path: Path
) -> None:
    limit(worker, quota_mb=1)
    size, together = MEGABYTE // 16 // 3, threading.Barrier(6)

    def upload_one(number: int) -> bool:
        path = tmp_path / f"{number}.txt"
        path.write_bytes(f"{number} ".encode() + b"word " * (size // 5))
        offer = Offer(path.name, path.stat().st_size, None, 1, path.name)
        document = upload.prepare_document(worker.services, people.alice, offer, path, None)
        together.wait()
        try:
            upload.enqueue_document(worker.services, people.alice, document, path)
        except UserMistake as mistake:
            assert mistake.key == "over_quota"
            return False
        return True

    with ThreadPoolExecutor(6) as threads:
        accepted = sum(threads.map(upload_one, range(6)))
    assert accepted == 2
    assert get_used(people) <= MEGABYTE
    assert len(worker.list_stored()) == accepted


def test_documents_of_earlier_versions_are_measured_a_few_at_a_time(
    worker: DocumentWorker, people: People, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = sorted(send(worker, tmp_path, f"{number}.txt", TEXT.encode() + b"%d" % number).id for number in range(3))
    while worker.work():
        pass
    measured = get_used(people)
    forget_sizes(people.database)
    assert get_used(people) < measured
    monkeypatch.setattr("processing.documents.space.MEASURED_AT_ONCE", 2)
    assert list_findings(worker.services) == []
    assert measure_unmeasured(worker.services) == ids[1]
    assert measure_unmeasured(worker.services, ids[1]) == ids[2]
    assert measure_unmeasured(worker.services, ids[2]) is None
    assert get_used(people) == measured


def forget_sizes(database: Database) -> None:
    with database.upkeep() as session:
        for row in session.scalars(select(Document)):
            row.stored_bytes = None
