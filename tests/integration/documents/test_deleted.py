"""What a person does right after they deleted or cancelled a document is taken as they mean it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from db.operations import tenants
from db.states import State
from errors import AlreadyHere, UserMistake
from processing.documents import library, upload
from processing.documents.upload import Offer
from tests.integration.people import People
from tests.integration.workers import DocumentWorker, open_worker


@pytest.fixture
def worker(people: People, tmp_path: Path) -> DocumentWorker:
    return open_worker(people, tmp_path)


def test_the_next_text_is_no_new_name_for_a_deleted_document(worker: DocumentWorker, people: People) -> None:
    document, other = worker.send(people.alice), worker.send(people.alice)
    for renamed, deleted in ((other.id, document.id), (other.id, other.id)):
        library.await_name(worker.services, people.alice, renamed)
        library.delete_document(worker.services, people.alice, deleted)
        with people.database.tenant(people.alice, reading=True) as session:
            awaiting = tenants.get_tenant(session, people.alice).awaiting
        assert awaiting == (None if deleted == renamed else f"rename:{renamed}")


def test_a_file_that_is_sent_again_while_it_is_being_cancelled_is_refused(
    worker: DocumentWorker, people: People
) -> None:
    offer = Offer("book.txt", 10, "unique", 1001)
    document = people.add_document(people.alice, state=State.WORKING, unique_id="unique")
    with pytest.raises(AlreadyHere):
        upload.check_offer(worker.services, people.alice, offer)
    library.cancel_document(worker.services, people.alice, document.id)
    with pytest.raises(UserMistake) as refused:
        upload.check_offer(worker.services, people.alice, offer)
    assert refused.value.key == "still_cancelling"


def test_an_update_brings_its_document_once_whatever_has_become_of_it(
    worker: DocumentWorker, people: People, tmp_path: Path
) -> None:
    offer = Offer("book.txt", 27, "unique", 1001, "1:7", 5)
    path = tmp_path / "book.txt"
    path.write_text("The walrus rests on the ice.")
    document = upload.prepare_document(worker.services, people.alice, offer, path, 77)
    upload.enqueue_document(worker.services, people.alice, document, path)
    library.delete_document(worker.services, people.alice, document.id)
    assert upload.is_received(worker.services, people.alice, offer)
    assert not upload.is_received(worker.services, people.charlie, offer)


def test_a_file_is_known_by_its_message(worker: DocumentWorker, people: People) -> None:
    def offer(message_id: int, unique_id: str) -> Offer:
        return Offer("book.txt", 27, unique_id, 1001, "1:7", message_id)

    def judge(message_id: int, unique_id: str, tenant_id: int = people.alice) -> str:
        return upload.judge_edited(worker.services, tenant_id, offer(message_id, unique_id))

    assert judge(5, "a") == "unknown"
    for _ in range(2):
        upload.remember_file(worker.services, people.alice, offer(5, "a"))
    assert (judge(5, "a"), judge(5, "b"), judge(6, "a")) == ("same", "replaced", "unknown")
    assert judge(5, "a", people.charlie) == "unknown"
    people.add_document(people.charlie, state=State.READY, unique_id="a")
    assert judge(9, "a", people.charlie) == "same"


def test_a_second_tap_on_try_again_says_that_it_is_under_way(worker: DocumentWorker, people: People) -> None:
    facts = {"error_key": "original_lost", "error_facts": {"retryable": True}}
    document = people.add_document(people.alice, state=State.FAILED, **facts)
    retry = partial(upload.retry_document, worker.services, people.alice, document.id, 5)
    assert retry("1:8").state == State.QUEUED
    # The update is handled again, because its process ended before it was done.
    assert retry("1:8").state == State.QUEUED
    with pytest.raises(UserMistake) as refused:
        retry("1:9")
    assert refused.value.key == "retry_running"
