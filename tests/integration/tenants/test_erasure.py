"""Erasure deletes everything of a person; garbage collection deletes files that no row names."""

from __future__ import annotations

import secrets
from contextlib import suppress
from dataclasses import asdict
from typing import Any, cast

import pytest
from sqlalchemy import delete
from sqlalchemy.orm import Session

from db.engine import DatabaseUnavailable
from db.models import Citation, Document, Task, Tenant
from db.operations import claims, daily_usage, documents, ratings, tasks, tenants
from db.operations.upkeep import accounts
from db.states import State
from errors import BeingErased, LeaseLost, QueueUnavailable, UserMistake
from processing.delivery import Delivery, DeliveryState
from processing.documents.job import DOCUMENT_JOB
from processing.jobs import inbox
from processing.jobs.raw_updates import Arrival
from processing.kinds import BY_NAME
from processing.maintenance.garbage import GarbageCollector
from processing.services import Services
from processing.tenants import erasure
from processing.tenants.accounts import get_tenant
from processing.tenants.erasure import ERASURE_JOB, Holdings, NotErased
from storage.keys import attempt_prefix, document_prefix, original_key, passages_key, tenant_prefix
from tests.deliveries import deliver_due
from tests.doubles import RecordingNotifier
from tests.integration.people import People
from tests.rows import count_dead_letters, list_unreferenced

ALICE_IN_TELEGRAM, BOT = 1001, 5


def save(services: Services, key: str) -> None:
    source = services.settings.data_folder / "source"
    source.parent.mkdir(parents=True, exist_ok=True)
    source.write_bytes(b"words")
    services.storage.save_file(key, source)


def add(services: Services, people: People, tenant_id: int, **values: Any) -> Document:
    """A document with its original file and the passages of attempt 1."""
    document = people.add_document(tenant_id, **values)
    save(services, original_key(tenant_id, document.id))
    save(services, passages_key(tenant_id, document.id, 1))
    return document


def forget_alice(services: Services, people: People, outcome: Delivery | None = None) -> Holdings:
    """Erase Alice as a worker does, her tenant row included; returns what was counted at the request."""
    with suppress(QueueUnavailable):
        erasure.request_erasure(services, people.alice, ALICE_IN_TELEGRAM, 5, 50, secrets.token_hex(4))
    with services.database.tenant(people.alice) as session:
        task = tasks.find_task(session, people.alice, ERASURE_JOB.name, "all")
    assert task is not None
    erasure.erase(services, task)
    people.clock.pass_time(seconds=1)
    with services.database.tenant(people.alice) as session:
        tasks.delete_task(session, people.alice, task.id)
        task.result = {}
        ERASURE_JOB.announce(services, session, task)
    services.notifier = RecordingNotifier(outcome) if outcome else RecordingNotifier()
    deliver_due(services, BY_NAME)
    return Holdings(**task.arguments["holdings"])


def list_files(services: Services, tenant_id: int) -> list[str]:
    return list(services.storage.list_keys(tenant_prefix(tenant_id)))


def test_copies_that_a_dead_process_has_left_are_deleted(services: Services, people: People) -> None:
    """A worker that is killed while it packs everything of a person leaves what it has packed."""
    scratch = services.scratch_directory
    theirs, others = scratch / f"parts-{people.alice}-abc", scratch / f"parts-{people.charlie}-abc"
    for folder in (theirs, others):
        folder.mkdir(parents=True)
        (folder / "part.zip").write_bytes(b"words")
    forget_alice(services, people)
    assert not theirs.exists() and others.exists()


def test_rows_are_deleted_a_part_at_a_time(services: Services, people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that nobody waits for the only write lock of SQLite until all are deleted."""
    commits = []
    delete_some = tenants.delete_some_rows

    def count(*arguments: Any, **named: Any) -> int:
        commits.append(deleted := delete_some(*arguments, **named))
        return deleted

    monkeypatch.setattr(tenants, "delete_some_rows", count)
    monkeypatch.setattr(erasure, "ROWS_AT_ONCE", 3)
    document = add(services, people, people.alice, state=State.READY)
    with services.database.tenant(people.alice) as session:
        session.add_all(
            Citation(
                tenant_id=people.alice,
                question_id="q",
                number=number,
                document_id=document.id,
                passage_index=0,
                words_version=1,
            )
            for number in range(8)
        )
    forget_alice(services, people)
    assert commits[:3] == [3, 3, 2] and max(commits) == 3


def test_erasure_deletes_everything_of_alice_and_nothing_of_charlie(services: Services, people: People) -> None:
    mine = add(services, people, people.alice, state=State.WORKING, fencing_token=1)
    theirs = add(services, people, people.charlie)
    question = people.add_question(people.alice)
    with services.database.tenant(people.alice) as session:
        ratings.put_rating(session, people.alice, question.id, True, services.clock())
        daily_usage.add_usage(session, people.alice, services.clock().date(), 1, 1, 1.0)
    scratch_directory = services.scratch_directory / f"{mine.id}-1-x"
    scratch_directory.mkdir(parents=True)
    other = services.scratch_directory / f"{theirs.id}-1-x"
    other.mkdir()

    assert forget_alice(services, people) == Holdings(1, 1, 10)
    assert list_files(services, people.alice) == []
    assert (scratch_directory.exists(), other.exists()) == (False, True)
    assert people.read(mine.id) is None
    assert people.read(theirs.id) is not None
    with services.database.tenant(people.alice, reading=True) as session:
        assert tenants.count_rows(session, people.alice) == 0
    assert len(list_files(services, people.charlie)) == 2
    with services.database.upkeep(reading=True) as session:
        assert accounts.find_tenant(session, ALICE_IN_TELEGRAM) is None
        assert accounts.find_tenant(session, 1003) is not None


def test_erasure_of_many_documents_shows_its_progress_and_goes_on_after_a_stop(
    services: Services, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasure, "DOCUMENTS_AT_ONCE", 2)
    monkeypatch.setattr(erasure, "DOCUMENTS_SHOWN", 4)
    services.notifier = notifier = RecordingNotifier(Delivery(DeliveryState.DELIVERED, 50))
    for _ in range(9):
        people.add_document(people.alice, state=State.READY)
    delete_some = documents.delete_some

    def stop_after_four(session: Session, tenant_id: int, limit: int) -> int:
        if documents.count_documents(session, tenant_id) <= 5:
            raise DatabaseUnavailable
        return delete_some(session, tenant_id, limit)

    with monkeypatch.context() as stopped, pytest.raises(DatabaseUnavailable):
        stopped.setattr(documents, "delete_some", stop_after_four)
        forget_alice(services, people)
    with services.database.tenant(people.alice, reading=True) as session:
        assert documents.count_documents(session, people.alice) == 5
    forget_alice(services, people)
    shown = [(view.key, view.facts) for view in notifier.notices]
    assert shown == [("forget_progress", {"done": "4", "total": total}) for total in ("9", "5")]
    with services.database.tenant(people.alice, reading=True) as session:
        assert tenants.count_rows(session, people.alice) == 0


def test_documents_in_work_are_told_cancelled_before_everything_is_gone(services: Services, people: People) -> None:
    for state in (State.QUEUED, State.WORKING):
        add(services, people, people.alice, state=state, fencing_token=1, chat_id=5, message_id=60)
    forget_alice(services, people)
    notifier = cast(RecordingNotifier, services.notifier)
    assert [view.state for view in notifier.delivered] == [State.CANCELLED] * 2
    assert [notice.key for notice in notifier.notices] == ["forgotten"]
    with services.database.upkeep(reading=True) as session:
        assert accounts.find_tenant(session, ALICE_IN_TELEGRAM) is None


def test_nothing_is_left_of_somebody_who_blocks_the_bot_during_the_erasure(services: Services, people: People) -> None:
    add(services, people, people.alice, state=State.QUEUED, name="my secret illness.txt", chat_id=5, message_id=60)
    forget_alice(services, people, Delivery(DeliveryState.UNREACHABLE))
    with services.database.upkeep(reading=True) as session:
        assert accounts.find_tenant(session, ALICE_IN_TELEGRAM) is None
    with services.database.tenant(people.alice, reading=True) as session:
        assert tenants.count_rows(session, people.alice) == 0


def test_the_id_of_an_erased_tenant_is_never_given_again(services: Services, people: People) -> None:
    ids = set()
    for number in range(20):
        tenant = get_tenant(services, 5000 + number, "en").id
        ids.add(tenant)
        with services.database.upkeep() as session:
            session.execute(delete(Tenant).where(Tenant.id == tenant))
    assert len(ids) == 20


def test_an_erasure_asked_by_somebody_else_deletes_nothing(services: Services, people: People) -> None:
    document = add(services, people, people.charlie, state=State.READY)
    arguments = {"telegram_id": ALICE_IN_TELEGRAM, "holdings": asdict(Holdings(0, 0, 0))}
    task = Task(tenant_id=people.charlie, arguments=arguments)
    with pytest.raises(UserMistake):
        ERASURE_JOB.perform(cast(Any, services), task, cast(Any, None))
    assert people.read(document.id) is not None


def test_who_is_being_erased_waits_until_that_is_told(services: Services, people: People) -> None:
    with suppress(QueueUnavailable):
        erasure.request_erasure(services, people.alice, ALICE_IN_TELEGRAM, 5, 50, "1")
    with pytest.raises(BeingErased):
        get_tenant(services, ALICE_IN_TELEGRAM, "en")
    assert get_tenant(services, 1003, "en").id == people.charlie
    with services.database.tenant(people.alice) as session:
        task = tasks.find_task(session, people.alice, ERASURE_JOB.name, "all")
        assert task is not None
    erasure.erase(services, task)
    with services.database.tenant(people.alice) as session:
        tasks.delete_task(session, people.alice, task.id)
        task.result = {}
        ERASURE_JOB.announce(services, session, task)
    with pytest.raises(BeingErased):
        get_tenant(services, ALICE_IN_TELEGRAM, "en")
    services.notifier = RecordingNotifier()
    deliver_due(services, BY_NAME)
    assert get_tenant(services, ALICE_IN_TELEGRAM, "en").id != people.alice


def test_running_work_of_an_erased_tenant_loses_its_lease(services: Services, people: People) -> None:
    document = add(services, people, people.alice, state=State.WORKING, fencing_token=1)
    forget_alice(services, people)
    with pytest.raises(LeaseLost), services.database.tenant(people.alice) as session:
        claims.write_claimed(session, people.alice, Document, document.id, 1, done=3)


def test_erasure_deletes_handled_updates_and_dead_letters(services: Services, people: People) -> None:
    inbox.store_updates(
        services, BOT, [Arrival(number, ALICE_IN_TELEGRAM, '{"text": "secret"}') for number in (1, 2, 3)]
    )
    (first,) = inbox.claim_updates(services, BOT, "here:1", 1)
    inbox.finish_updates(services, [first])
    (second,) = inbox.claim_updates(services, BOT, "here:1", 1)
    inbox.move_to_dead_letters(services, second)
    forget_alice(services, people)
    assert count_dead_letters(services.database) == 0
    # The update that is not yet handled is kept.
    assert [claimed.update_id for claimed in inbox.claim_updates(services, BOT, "here:1", 5)] == [3]


def test_failed_erasure_raises_not_erased_and_can_be_repeated(
    services: Services, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(services, people, people.alice)
    monkeypatch.setattr(services.storage, "delete_tree", lambda _prefix: None)
    with pytest.raises(NotErased):
        forget_alice(services, people)
    monkeypatch.undo()
    forget_alice(services, people)
    assert list_files(services, people.alice) == []


def test_files_that_no_row_names_are_deleted_at_the_second_collection(services: Services, people: People) -> None:
    ready = add(services, people, people.alice, state=State.READY, words_version=2, archive_version=2)
    save(services, passages_key(people.alice, ready.id, 2))
    working = add(services, people, people.alice, state=State.WORKING, fencing_token=2, words_version=2)
    failed = add(services, people, people.alice, state=State.FAILED)
    gone = "0123456789abcdef"
    save(services, original_key(people.alice, gone))
    left = {attempt_prefix(people.alice, document.id, 1) for document in (ready, failed)}
    assert list_unreferenced(services) == left | {document_prefix(people.alice, gone)}
    collector = GarbageCollector()
    collector.collect(services)
    assert services.storage.exists(original_key(people.alice, gone))
    collector.collect(services)
    assert list_unreferenced(services) == set()
    assert services.storage.exists(passages_key(people.alice, ready.id, 2))
    assert services.storage.exists(passages_key(people.alice, working.id, 1))


@pytest.mark.parametrize(("values", "kept"), [({"words_version": 1}, True), ({}, False)])
def test_files_of_a_lost_attempt_are_deleted_unless_the_row_names_them(
    services: Services, people: People, values: dict[str, Any], kept: bool
) -> None:
    document = add(services, people, people.alice, state=State.CANCELLED, fencing_token=1, **values)
    DOCUMENT_JOB.after_lease_lost(cast(Any, services), document)
    assert services.storage.exists(passages_key(people.alice, document.id, 1)) is kept
