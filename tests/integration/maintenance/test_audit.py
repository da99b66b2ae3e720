"""An audit reports every inconsistency between database, storage and queue, and nothing else."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from db.engine import Database
from db.models import Citation, Document, Event
from db.operations import tenants
from db.operations.upkeep import workers
from db.states import OutboxState, Queue, State
from processing.jobs import inbox
from processing.jobs.raw_updates import Arrival
from processing.maintenance.audit import confirm_findings, list_findings
from processing.services import Services
from settings import Settings
from storage.keys import ARCHIVE_FILES, INDEX, PASSAGES, attempt_prefix, index_key, original_key, passages_key
from storage.local import LocalStorage
from tests.doubles import Clock, CountingWakeUp
from tests.integration.people import People

BYTES = b"the words of a document"
SUM = hashlib.sha256(BYTES).hexdigest()
# The chats of Alice and of Charlie.
CHATS = (1001, 1003)
NO_VERSIONS: dict[str, Any] = {"words_version": None, "archive_version": None, "hashes": {}}


class Deployment:
    """Services, and methods that add rows and files, consistent or not."""

    def __init__(self, services: Services, people: People, clock: Clock) -> None:
        self.services, self.people, self.clock = services, people, clock

    def save(self, key: str, content: bytes = BYTES) -> None:
        source = self.services.settings.data_folder / "source"
        source.parent.mkdir(parents=True, exist_ok=True)
        source.write_bytes(content)
        self.services.storage.save_file(key, source)

    def add(self, tenant_id: int = 0, **values: Any) -> Document:
        """A ready document with all its files; it is Alice's unless ``tenant_id`` is given."""
        ready = {"state": State.READY, "fencing_token": 1, "words_version": 1, "archive_version": 1}
        own = {
            "sha256": SUM,
            "size_bytes": len(BYTES),
            "stored_bytes": 6 * len(BYTES),
            "hashes": dict.fromkeys((*ARCHIVE_FILES, PASSAGES, INDEX), SUM),
            "chat_id": CHATS[tenant_id == self.people.charlie],
        }
        document = self.people.add_document(tenant_id or self.people.alice, **ready | own | values)
        self.save(original_key(document.tenant_id, document.id))
        if document.words_version:
            self.save(passages_key(document.tenant_id, document.id, 1))
            self.save(index_key(document.tenant_id, document.id, 1))
        if document.archive_version:
            for name in ARCHIVE_FILES:
                self.save(self.make_key(document, name))
        return document

    def make_key(self, document: Document, name: str) -> str:
        return attempt_prefix(document.tenant_id, document.id, 1) + name

    def audit(self) -> list[str]:
        return list_findings(self.services)


@pytest.fixture
def deployment(database: Database, people: People, clock: Clock, tmp_path: Path) -> Deployment:
    settings = Settings(data_dir=tmp_path / "data")
    storage = LocalStorage(tmp_path / "storage")
    return Deployment(Services(settings, database, storage, CountingWakeUp(), cast(Any, None), clock), people, clock)


def test_audit_of_consistent_data_finds_nothing(deployment: Deployment) -> None:
    deployment.add()
    deployment.add(tenant_id=deployment.people.charlie, state=State.QUEUED, **NO_VERSIONS)
    deployment.people.add_question(deployment.people.alice, state=State.READY, answer={"text": "Yes."}, chat_id=1001)
    assert deployment.audit() == []


def test_what_is_in_order_a_moment_later_is_no_finding(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file whose row is committed during the audit, beside one that never gets a row."""
    leave_orphan(deployment)
    uploaded = "fedcba9876543210"
    deployment.save(original_key(deployment.people.alice, uploaded))
    monkeypatch.setattr(
        "processing.maintenance.audit.findings.time.sleep",
        lambda _seconds: deployment.add(id=uploaded, stored_bytes=None),
    )
    assert len(list_findings(deployment.services)) == 2
    (finding,) = confirm_findings(deployment.services)
    assert "0123456789abcdef" in finding


def lose_original(deployment: Deployment) -> None:
    document = deployment.add()
    deployment.services.storage.delete_file(original_key(document.tenant_id, document.id))


def lose_film(deployment: Deployment) -> None:
    deployment.services.storage.delete_file(deployment.make_key(deployment.add(), "archive.mp4"))


def damage_vectors(deployment: Deployment) -> None:
    deployment.save(deployment.make_key(deployment.add(), "archive.faiss"), b"damaged")


def leave_orphan(deployment: Deployment) -> None:
    deployment.save(original_key(deployment.people.alice, "0123456789abcdef"))


def leave_part(deployment: Deployment) -> None:
    deployment.save(deployment.make_key(deployment.add(), "archive.mp4.part"))


def miss_a_delivery(deployment: Deployment) -> None:
    deployment.people.owe(deployment.add())
    deployment.clock.pass_time(minutes=5)


def abandon(deployment: Deployment) -> None:
    deployment.add(state=State.WORKING, lease_until=deployment.clock(), **NO_VERSIONS)
    deployment.clock.pass_time(minutes=5)


def keep_cancelled(deployment: Deployment) -> None:
    late = deployment.people.clock() - timedelta(seconds=91)
    deployment.people.add_document(deployment.people.alice, state=State.CANCELLED, finished_at=late)


def keep_failed(deployment: Deployment) -> None:
    late = deployment.people.clock() - timedelta(seconds=91)
    deployment.people.add_document(deployment.people.alice, state=State.FAILED, error_key="locked", finished_at=late)


def count_wrong(deployment: Deployment) -> None:
    deployment.add(stored_bytes=len(BYTES))


def publish_nothing(deployment: Deployment) -> None:
    deployment.add(**NO_VERSIONS)


def leave_scratch_folder(deployment: Deployment) -> None:
    folder = deployment.services.scratch_directory / "0123456789abcdef-1-x"
    folder.mkdir(parents=True)
    os.utime(folder, (1, 1))


def break_update(deployment: Deployment) -> None:
    inbox.store_updates(deployment.services, 5, [Arrival(1, 7, "{}")])
    (claimed,) = inbox.claim_updates(deployment.services, 5, "here:1", 1)
    inbox.move_to_dead_letters(deployment.services, claimed)


def forget_update(deployment: Deployment) -> None:
    inbox.store_updates(deployment.services, 5, [Arrival(1, 7, "{}")])
    deployment.clock.pass_time(minutes=5)


def lose_wake_up(deployment: Deployment) -> None:
    deployment.add(state=State.FAILED, error_facts={"retryable": True}, **NO_VERSIONS)
    deployment.people.add_document(
        deployment.people.alice, due_at=deployment.clock() - timedelta(minutes=5), state=State.QUEUED, size_bytes=0
    )
    with deployment.services.database.upkeep() as session:
        workers.touch_worker(session, "here:1", Queue.DOCUMENTS, deployment.clock())


def stop_queue(deployment: Deployment) -> None:
    cast(CountingWakeUp, deployment.services.wake_up).down = True


def lose_words(deployment: Deployment) -> None:
    document = deployment.add()
    deployment.services.storage.delete_file(index_key(document.tenant_id, document.id, 1))


def damage_passages(deployment: Deployment) -> None:
    document = deployment.add()
    deployment.save(passages_key(document.tenant_id, document.id, 1), b"damaged")


def leave_stranger(deployment: Deployment) -> None:
    deployment.save(deployment.make_key(deployment.add(), "notes.txt"))


def leave_attempt(deployment: Deployment) -> None:
    document = deployment.add()
    deployment.save(passages_key(document.tenant_id, document.id, 7))


def invent_state(deployment: Deployment) -> None:
    deployment.add(state="eaten")


def count_no_claim(deployment: Deployment) -> None:
    deployment.add(attempts=3)


def publish_ahead(deployment: Deployment) -> None:
    deployment.add(words_version=2)


def answer_nothing(deployment: Deployment) -> None:
    deployment.people.add_question(deployment.people.alice, state=State.READY)


def cite(deployment: Deployment, tenant_id: int, passage_index: int) -> None:
    document = deployment.add(passages=2)
    citation = Citation(
        question_id="9" * 16, number=1, document_id=document.id, passage_index=passage_index, words_version=1
    )
    with deployment.services.database.tenant(tenant_id) as session:
        citation.tenant_id = tenant_id
        session.add(citation)


def cite_foreign(deployment: Deployment) -> None:
    cite(deployment, deployment.people.charlie, 0)


def cite_nothing(deployment: Deployment) -> None:
    cite(deployment, deployment.people.alice, 2)


def choose_foreign(deployment: Deployment) -> None:
    document = deployment.add()
    with deployment.services.database.tenant(deployment.people.charlie) as session:
        tenants.choose_document(session, deployment.people.charlie, document.id)


def ask_foreign(deployment: Deployment) -> None:
    document = deployment.add()
    deployment.people.add_question(deployment.people.charlie, document_id=document.id)


def tell_foreign(deployment: Deployment) -> None:
    deployment.people.owe(deployment.add(), chat_id=CHATS[1])


def foresee(deployment: Deployment) -> None:
    later = deployment.clock() + timedelta(hours=1)
    with deployment.services.database.tenant(deployment.people.alice) as session:
        session.add(Event(tenant_id=deployment.people.alice, kind="upload", id="9" * 16, at=later))


def refuse_message(deployment: Deployment) -> None:
    deployment.people.owe(deployment.add(), state=OutboxState.REFUSED)


@pytest.mark.parametrize(
    ("spoil", "finding"),
    [
        (lose_original, "original is missing"),
        (lose_film, "archive.mp4 is missing"),
        (damage_vectors, "archive.faiss is not what was written"),
        (leave_orphan, "no row refers to it"),
        (leave_part, "not a file of any document"),
        (miss_a_delivery, "is waiting, not delivered"),
        (abandon, "its lease is over"),
        (keep_cancelled, "ended as cancelled for good, but not deleted"),
        (keep_failed, "ended as failed for good, but not deleted"),
        (count_wrong, f"counts {len(BYTES)} bytes, the storage holds {6 * len(BYTES)}"),
        (lose_words, "words.npz is missing"),
        (damage_passages, "passages.jsonl is not what was written"),
        (leave_stranger, "not a file of any document"),
        (leave_attempt, "no row refers to it"),
        (invent_state, "'eaten' with"),
        (count_no_claim, "with 3 attempts in 1 claims"),
        (publish_ahead, "of an attempt that was not made yet"),
        (answer_nothing, "ready without an answer"),
        (cite_foreign, "1 citations of documents of other tenants"),
        (cite_nothing, "1 citations of passages that the document does not have"),
        (choose_foreign, "1 tenants whose chosen document is not theirs"),
        (ask_foreign, "1 questions about documents of other tenants"),
        (tell_foreign, "1 outbox in the chat of somebody else"),
        (foresee, "1 events in the future"),
        (refuse_message, "is refused, not delivered"),
        (publish_nothing, "ready without an archive"),
        (leave_scratch_folder, "left over"),
        (break_update, "1 dead letters"),
        (forget_update, "1 waiting"),
        (lose_wake_up, "no wake-up waits"),
        (stop_queue, "queue: could not be audited"),
    ],
)
def test_audit_finds_each_inconsistency(
    deployment: Deployment, spoil: Callable[[Deployment], None], finding: str
) -> None:
    spoil(deployment)
    assert any(finding in line for line in deployment.audit()), deployment.audit()
