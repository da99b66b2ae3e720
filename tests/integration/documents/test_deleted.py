"""What a person does right after they deleted or cancelled a document is taken as they mean it."""

from __future__ import annotations

from pathlib import Path

import pytest

from db.operations import tenants
from db.states import State
from errors import AlreadyHere, Postponed
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


def test_a_file_that_is_sent_again_while_it_is_being_cancelled_waits(worker: DocumentWorker, people: People) -> None:
    offer = Offer("book.txt", 10, "unique", 1001)
    document = people.add_document(people.alice, state=State.WORKING, unique_id="unique")
    with pytest.raises(AlreadyHere):
        upload.check_offer(worker.services, people.alice, offer)
    library.cancel_document(worker.services, people.alice, document.id)
    with pytest.raises(Postponed):
        upload.check_offer(worker.services, people.alice, offer)
