"""An audit finds nothing in a house in order, and everything that is not."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from db.engine import Database
from db.models import Document
from db.operations.upkeep import workers
from db.states import Queue, State
from processing.jobs import inbox
from processing.jobs.inbox import Arrival
from processing.maintenance.audit import list_findings
from processing.services import Services
from settings import Settings
from storage.keys import ARCHIVE_FILES, attempt_prefix, original_key, passages_key
from storage.local import LocalStorage
from tests.doubles import Clock, CountingWakeUp
from tests.integration.people import People

BYTES = b"the words of a document"
SUM = hashlib.sha256(BYTES).hexdigest()
NO_FENCE: dict[str, Any] = {"words_version": None, "archive_version": None, "hashes": {}}


class Home:
    """Services, and what puts things where they belong, or where they don't."""

    def __init__(self, services: Services, people: People, clock: Clock) -> None:
        self.services, self.people, self.clock = services, people, clock

    def save(self, key: str, content: bytes = BYTES) -> None:
        source = self.services.settings.data_folder / "source"
        source.parent.mkdir(parents=True, exist_ok=True)
        source.write_bytes(content)
        self.services.storage.save_file(key, source)

    def add(self, tenant_id: int = 0, **values: Any) -> Document:
        """A ready document with all its files, Alice's where nobody else is named."""
        ready = {"state": State.READY, "fencing_token": 1, "words_version": 1, "archive_version": 1, "deliver_at": None}
        own = {"sha256": SUM, "size_bytes": len(BYTES), "hashes": dict.fromkeys(ARCHIVE_FILES, SUM)}
        document = self.people.add_document(tenant_id or self.people.alice, **ready | own | values)
        self.save(original_key(document.tenant_id, document.id))
        if document.words_version:
            self.save(passages_key(document.tenant_id, document.id, 1))
        if document.archive_version:
            for name in ARCHIVE_FILES:
                self.save(self.place(document, name))
        return document

    def place(self, document: Document, name: str) -> str:
        return attempt_prefix(document.tenant_id, document.id, 1) + name

    def audit(self) -> list[str]:
        return list_findings(self.services)


@pytest.fixture
def home(database: Database, people: People, clock: Clock, tmp_path: Path) -> Home:
    settings = Settings(data_dir=tmp_path / "data")
    storage = LocalStorage(tmp_path / "storage")
    return Home(Services(settings, database, storage, CountingWakeUp(), cast(Any, None), clock), people, clock)


def test_a_house_in_order_has_no_findings(home: Home) -> None:
    home.add()
    home.add(tenant_id=home.people.charlie, state=State.QUEUED, **NO_FENCE)
    home.people.add_question(home.people.alice, state=State.READY)
    assert home.audit() == []


def lose_original(home: Home) -> None:
    document = home.add()
    home.services.storage.delete_file(original_key(document.tenant_id, document.id))


def lose_film(home: Home) -> None:
    home.services.storage.delete_file(home.place(home.add(), "archive.mp4"))


def damage_vectors(home: Home) -> None:
    home.save(home.place(home.add(), "archive.faiss"), b"damaged")


def leave_orphan(home: Home) -> None:
    home.save(original_key(home.people.alice, "0123456789abcdef"))


def leave_part(home: Home) -> None:
    home.save(home.place(home.add(), "archive.mp4.part"))


def tell_nobody(home: Home) -> None:
    home.add(deliver_at=home.clock())
    home.clock.pass_time(minutes=5)


def abandon(home: Home) -> None:
    home.add(state=State.WORKING, lease_until=home.clock(), **NO_FENCE)
    home.clock.pass_time(minutes=5)


def keep_cancelled(home: Home) -> None:
    late = home.people.clock() - timedelta(seconds=91)
    home.people.add_document(home.people.alice, state=State.CANCELLED, deliver_at=None, finished_at=late)


def keep_failed(home: Home) -> None:
    late = home.people.clock() - timedelta(seconds=91)
    home.people.add_document(
        home.people.alice, state=State.FAILED, error_key="locked", deliver_at=None, finished_at=late
    )


def count_wrong(home: Home) -> None:
    home.add(size_bytes=1)


def publish_nothing(home: Home) -> None:
    home.add(**NO_FENCE)


def leave_workshop(home: Home) -> None:
    folder = home.services.scratch_directory / "0123456789abcdef-1-x"
    folder.mkdir(parents=True)
    os.utime(folder, (1, 1))


def break_update(home: Home) -> None:
    inbox.keep_updates(home.services, 5, [Arrival(1, 7, {})])
    (claimed,) = inbox.take_updates(home.services, 5, "here:1", 1)
    inbox.move_to_dead_letters(home.services, claimed)


def forget_update(home: Home) -> None:
    inbox.keep_updates(home.services, 5, [Arrival(1, 7, {})])
    home.clock.pass_time(minutes=5)


def ring_for_nobody(home: Home) -> None:
    home.add(state=State.FAILED, error_facts={"retryable": True}, **NO_FENCE)
    home.people.add_document(
        home.people.alice, due_at=home.clock() - timedelta(minutes=5), state=State.QUEUED, size_bytes=0
    )
    with home.services.database.upkeep() as session:
        workers.touch_worker(session, "here:1", Queue.DOCUMENTS, home.clock())


def stop_queue(home: Home) -> None:
    cast(CountingWakeUp, home.services.wake_up).down = True


@pytest.mark.parametrize(
    ("spoil", "finding"),
    [
        (lose_original, "original is missing"),
        (lose_film, "archive.mp4 is missing"),
        (damage_vectors, "archive.faiss is not what was written"),
        (leave_orphan, "no row names it"),
        (leave_part, "not a file of any document"),
        (tell_nobody, "its owner is not told"),
        (abandon, "its lease is over"),
        (keep_cancelled, "ended as cancelled for good and told, and still there"),
        (keep_failed, "ended as failed for good and told, and still there"),
        (count_wrong, "rows count 1 bytes"),
        (publish_nothing, "ready without an archive"),
        (leave_workshop, "left over"),
        (break_update, "1 dead letters"),
        (forget_update, "1 waiting"),
        (ring_for_nobody, "no wake-up waits"),
        (stop_queue, "queue: could not be audited"),
    ],
)
def test_what_is_not_in_order_is_found(home: Home, spoil: Callable[[Home], None], finding: str) -> None:
    spoil(home)
    assert any(finding in line for line in home.audit()), home.audit()
