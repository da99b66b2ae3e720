"""A commit raises before or after its effect: the operation still takes effect exactly once."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from db.models import Document
from db.operations.upkeep import work_queue
from errors import DocumentNotFound, StorageUnavailable, TransientFailure
from processing.documents import library, upload
from processing.documents.job import DOCUMENT_JOB
from processing.documents.upload import Offer
from processing.jobs.run import run_next
from processing.kinds import BY_NAME
from processing.maintenance.garbage import GarbageCollector
from processing.questions import submit
from processing.questions.job import QUESTION_JOB
from processing.questions.preview import PREVIEW_JOB, request_preview
from processing.services import WorkerServices
from processing.tenants import accounts
from processing.tenants.data_export import DATA_EXPORT_JOB, request_data_export
from storage.keys import PROBES
from tests.deliveries import deliver_due
from tests.integration.bench import Bench

PAGES = ["Seals eat fish in the bay.", "The walrus dives for clams."]


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("processing.runtime.retry.PAUSES", (0.0, 0.0, 0.0))


@pytest.fixture
def alice(bench: Bench) -> int:
    return bench.add_person(1)


class Breaker:
    """Makes one commit raise; ``struck`` says whether it has."""

    def __init__(self, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
        self.dialect: Any = bench.services.database.engine.dialect
        self.monkeypatch = monkeypatch
        self.struck = False

    def arm(self, number: int, *, after: bool) -> None:
        """The ``number``-th commit from now on raises, with its effect if ``after``."""
        commit, left, self.struck = self.dialect.do_commit, number, False

        def do_commit(connection: Any) -> None:
            nonlocal left
            left -= 1
            self.struck = self.struck or left == 0
            if left != 0 or after:
                commit(connection)
            if left == 0:
                raise sqlite3.OperationalError("disk I/O error")

        self.monkeypatch.setattr(self.dialect, "do_commit", do_commit)


@pytest.fixture
def breaker(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Breaker:
    return Breaker(bench, monkeypatch)


@pytest.mark.parametrize("after", [False, True])
def test_document_is_stored_once_after_a_broken_commit(
    bench: Bench, alice: int, breaker: Breaker, tmp_path: Path, after: bool
) -> None:
    file = tmp_path / "file"
    file.write_text("The walrus dives for clams.")
    offer = Offer("walrus.txt", 27, "u1", 5, "1:7")
    document = upload.prepare_document(bench.services, alice, offer, file, 70)
    breaker.arm(1, after=after)
    upload.enqueue_document(bench.services, alice, document, file)
    assert breaker.struck and bench.wake_up.sent["documents"] == 1
    assert upload.is_received(bench.services, alice, offer)
    assert list(bench.services.storage.list_keys("tenants/"))


@pytest.mark.parametrize("after", [False, True])
def test_question_is_answered_once_after_a_broken_commit(
    bench: Bench, alice: int, breaker: Breaker, after: bool
) -> None:
    bench.add_document(alice, PAGES)
    view = submit.prepare_question(bench.services, alice, "What does the walrus dive for?", None, 5)
    breaker.arm(1, after=after)
    submit.enqueue_question(bench.services, view, 50)
    assert breaker.struck
    assert [run_next(bench.services, QUESTION_JOB) for _ in range(2)] == [True, False]


@pytest.mark.parametrize("after", [False, True])
def test_new_name_is_kept_after_a_broken_commit(bench: Bench, alice: int, breaker: Breaker, after: bool) -> None:
    document = bench.add_document(alice, PAGES)
    library.await_name(bench.services, alice, document.id)
    breaker.arm(1, after=after)
    assert library.rename_document(bench.services, alice, document.id, "Sea", "1:1").name == "Sea"
    assert breaker.struck and accounts.get_tenant(bench.services, 1, "en").awaiting is None
    assert library.is_name(bench.services, alice, "1:1") and not library.is_name(bench.services, alice, "1:2")


@pytest.mark.parametrize("after", [False, True])
def test_document_is_deleted_after_a_broken_commit(bench: Bench, alice: int, breaker: Breaker, after: bool) -> None:
    document = bench.add_document(alice, PAGES)
    # The first commit ends the transaction that checks whether the document exists.
    breaker.arm(2, after=after)
    assert library.delete_document(bench.services, alice, document.id) == document.name
    assert breaker.struck and not list(bench.services.storage.list_keys("tenants/"))


def test_document_is_deleted_while_the_storage_is_unavailable(
    bench: Bench, alice: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = bench.add_document(alice, PAGES)
    with monkeypatch.context() as broken:
        broken.setattr(bench.services.storage, "delete_tree", refuse_to_delete)
        library.delete_document(bench.services, alice, document.id)
    with pytest.raises(DocumentNotFound):
        library.get_document(bench.services, alice, document.id)
    collector = GarbageCollector()
    for _ in range(2):
        collector.collect(bench.services)
    assert not list(bench.services.storage.list_keys("tenants/"))


def refuse_to_delete(_prefix: str) -> None:
    raise StorageUnavailable


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("number", range(1, 8))
def test_preview_is_sent_once_after_a_broken_commit(
    bench: Bench, alice: int, breaker: Breaker, number: int, after: bool
) -> None:
    bench.add_document(alice, PAGES)
    view = submit.prepare_question(bench.services, alice, "What does the walrus dive for?", None, 5)
    submit.enqueue_question(bench.services, view, 50)
    run_next(bench.services, QUESTION_JOB)
    breaker.arm(number, after=after)
    with suppress(TransientFailure):
        request_preview(bench.services, alice, view.id, 1, 5, 50, secrets.token_hex(4))
    work_until_rest(bench, lambda services: run_next(services, PREVIEW_JOB))
    assert breaker.struck and len(bench.notifier.sources) == 1


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("number", range(1, 7))
def test_data_is_sent_once_after_a_broken_commit(
    bench: Bench, alice: int, breaker: Breaker, number: int, after: bool
) -> None:
    request_data_export(bench.services, alice, 5, 50, secrets.token_hex(4))
    breaker.arm(number, after=after)
    work_until_rest(bench, lambda services: run_next(services, DATA_EXPORT_JOB))
    assert breaker.struck and len(bench.notifier.files) == 1


def test_claim_that_was_answered_after_its_lease_does_nothing(
    bench: Bench, alice: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another worker may have done the work meanwhile; this one must not send the file again."""
    request_data_export(bench.services, alice, 5, 50, secrets.token_hex(4))
    claim_next = work_queue.claim_next

    def claim_late(*args: Any, **more: Any) -> Any:
        row = claim_next(*args, **more)
        bench.clock.pass_time(seconds=31)
        return row

    with monkeypatch.context() as late:
        late.setattr(work_queue, "claim_next", claim_late)
        assert run_next(bench.services, DATA_EXPORT_JOB)
    assert bench.notifier.files == []
    work_until_rest(bench, lambda services: run_next(services, DATA_EXPORT_JOB))
    assert len(bench.notifier.files) == 1


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("number", range(1, 3))
def test_end_is_delivered_once_after_a_broken_commit(
    bench: Bench, alice: int, breaker: Breaker, number: int, after: bool
) -> None:
    owe_end(bench, bench.add_document(alice, PAGES))
    breaker.arm(number, after=after)

    def deliver(services: WorkerServices) -> bool:
        deliver_due(services, BY_NAME)
        return False

    work_until_rest(bench, deliver)
    assert breaker.struck and len(bench.notifier.delivered) == 1


def owe_end(bench: Bench, document: Document) -> None:
    with bench.services.database.tenant(document.tenant_id) as session:
        DOCUMENT_JOB.announce(bench.services, session, document)


def work_until_rest(bench: Bench, work: Callable[[WorkerServices], bool]) -> None:
    """Work until nothing is due, three times, also as the process for suspects.

    The pause between lets the leases of broken attempts run out.
    """
    for _ in range(3):
        for bench.services.alone in (True, False):
            with suppress(TransientFailure):
                while work(bench.services):
                    pass
        bench.clock.pass_time(seconds=60)


def test_file_left_by_a_storage_check_is_collected_as_garbage(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    collector = GarbageCollector()
    with monkeypatch.context() as broken:
        broken.setattr(bench.services.storage, "delete_file", refuse_to_delete)
        with pytest.raises(StorageUnavailable):
            bench.services.storage.check()
    assert len(list(bench.services.storage.list_keys(PROBES))) == 1
    collector.collect(bench.services)
    # It could be in use by a running check, so the first collection keeps it.
    assert len(list(bench.services.storage.list_keys(PROBES))) == 1
    collector.collect(bench.services)
    assert not list(bench.services.storage.list_keys(PROBES))
