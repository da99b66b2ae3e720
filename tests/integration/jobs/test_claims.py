"""The queue in the database: each row has one holder, people take turns, each result is delivered once."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from db.models import Document, Question
from db.operations import claims, documents
from db.operations.upkeep import work_queue
from db.states import State
from errors import LeaseLost
from processing.runtime.leases import release_dead_worker
from tests.doubles import Clock
from tests.integration.people import People

LEASE = timedelta(seconds=30)


def claim(people: People, worker: str = "w", **more: Any) -> Document | None:
    with people.database.upkeep() as session:
        return work_queue.claim_next(session, Document, worker, people.clock(), LEASE, **more)


def claim_surely(people: People, worker: str = "w", **more: Any) -> Document:
    document = claim(people, worker, **more)
    assert document is not None
    return document


def write(people: People, document: Document, **values: object) -> None:
    with people.database.tenant(document.tenant_id) as session:
        claims.write_claimed(session, document.tenant_id, Document, document.id, document.fencing_token, **values)


def put_back(people: People, document: Document, *, counted: bool) -> None:
    with people.database.tenant(document.tenant_id) as session:
        due = people.clock()
        claims.put_back(
            session, document.tenant_id, Document, document.id, document.fencing_token, due, counted=counted
        )


def cancel(people: People, document: Document) -> str:
    with people.database.tenant(document.tenant_id) as session:
        return claims.request_cancel(session, document.tenant_id, Document, document.id, people.clock())


def finish(people: People, document: Document, state: State = State.READY) -> None:
    with people.database.tenant(document.tenant_id) as session:
        now = people.clock()
        claims.finish(session, document.tenant_id, Document, document.id, document.fencing_token, state, now)


def test_claim_counts_the_attempt_and_sets_a_lease(people: People, clock: Clock) -> None:
    added = people.add_document(people.alice)
    taken = claim_surely(people, "w1")
    assert (taken.id, taken.state, taken.fencing_token, taken.attempts, taken.worker) == (
        added.id,
        State.WORKING,
        1,
        1,
        "w1",
    )
    assert taken.lease_until == clock() + LEASE
    assert taken.started_at == clock()
    assert claim(people) is None


def test_document_due_later_is_not_claimed_yet(people: People, clock: Clock) -> None:
    people.add_document(people.alice, due_at=clock() + timedelta(seconds=5))
    assert claim(people) is None
    clock.pass_time(seconds=5)
    assert claim(people) is not None


def test_simultaneous_claims_never_win_the_same_document(people: People) -> None:
    wanted = {people.add_document(people.alice).id for _ in range(12)}
    won: list[str] = []
    ready = threading.Barrier(6)

    def work(worker: str) -> None:
        ready.wait()
        while any_left():
            if (document := claim(people, worker)) is not None:
                won.append(document.id)

    def any_left() -> bool:
        with people.database.upkeep(reading=True) as session:
            return work_queue.count_due(session, Document, people.clock()) > 0

    workers = [threading.Thread(target=work, args=(f"w{number}",)) for number in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert Counter(won) == Counter(wanted)
    assert all(row is not None and row.fencing_token == row.attempts == 1 for row in map(people.read, wanted))


def test_renewed_lease_is_kept_and_an_expired_one_is_taken_over(people: People, clock: Clock) -> None:
    people.add_document(people.alice)
    first = claim_surely(people, "w1")
    clock.pass_time(seconds=20)
    with people.database.upkeep() as session:
        assert work_queue.renew_lease(session, Document, first.id, first.fencing_token, clock() + LEASE)
    clock.pass_time(seconds=20)
    assert claim(people) is None
    clock.pass_time(seconds=11)
    second = claim_surely(people, "w2", suspect=True)
    assert (second.id, second.fencing_token, second.attempts, second.worker) == (first.id, 2, 1, "w2")
    with people.database.upkeep() as session:
        assert not work_queue.renew_lease(session, Document, first.id, first.fencing_token, clock() + LEASE)


def test_documents_of_a_dead_worker_are_due_at_once(people: People, clock: Clock) -> None:
    people.add_document(people.alice)
    people.add_document(people.charlie)
    dead, living = claim_surely(people, "dead"), claim_surely(people, "living")
    release_dead_worker(people.database, "dead", clock())
    again = claim_surely(people, suspect=True)
    assert (again.id, again.fencing_token) == (dead.id, dead.fencing_token + 1)
    assert claim(people) is None and claim(people, suspect=True) is None
    write(people, living, stage="reading")


def test_old_fencing_token_is_refused_after_a_takeover(people: People, clock: Clock) -> None:
    people.add_document(people.alice)
    first = claim_surely(people)
    clock.pass_time(seconds=31)
    second = claim_surely(people, suspect=True)
    write(people, second, stage="filming")
    with pytest.raises(LeaseLost):
        write(people, first, stage="reading")
    with pytest.raises(LeaseLost):
        finish(people, first)
    with pytest.raises(LeaseLost):
        put_back(people, first, counted=True)
    row = people.read(first.id)
    assert row is not None and (row.stage, row.state, row.fencing_token) == ("filming", State.WORKING, 2)


def test_put_back_counts_the_attempt_only_if_asked(people: People) -> None:
    people.add_document(people.alice)
    put_back(people, claim_surely(people), counted=False)
    again = claim_surely(people)
    assert (again.attempts, again.fencing_token) == (1, 2)
    put_back(people, again, counted=True)
    assert claim_surely(people).attempts == 2


def test_cancelling_a_queued_document_ends_it_at_once(people: People, clock: Clock) -> None:
    document = people.add_document(people.alice)
    assert cancel(people, document) == State.CANCELLED
    row = people.read(document.id)
    assert row is not None and (row.state, row.finished_at) == (State.CANCELLED, clock())
    assert claim(people) is None


def test_cancelling_a_document_in_work_requests_a_stop(people: People) -> None:
    people.add_document(people.alice)
    document = claim_surely(people)
    assert cancel(people, document) == State.WORKING
    with people.database.tenant(people.alice) as session:
        assert claims.is_cancel_requested(session, people.alice, Document, document.id)
    finish(people, document, State.CANCELLED)
    assert cancel(people, document) == State.CANCELLED


def test_deleted_document_counts_as_a_lost_lease(people: People) -> None:
    people.add_document(people.alice)
    document = claim_surely(people)
    with people.database.tenant(people.alice) as session:
        documents.delete_document(session, people.alice, document.id)
    with pytest.raises(LeaseLost):
        finish(people, document)
    with people.database.tenant(people.alice) as session:
        assert claims.is_cancel_requested(session, people.alice, Document, document.id)


def test_failed_document_queued_again_has_its_attempts_reset(people: People, clock: Clock) -> None:
    people.add_document(people.alice, attempts=2)
    finish(people, claim_surely(people), State.FAILED)
    assert claim(people) is None
    (row,) = [people.read(row.id) for row in list_all(people)]
    assert row is not None
    with people.database.tenant(people.alice) as session:
        assert claims.queue_again(session, people.alice, row.id, clock())
        assert not claims.queue_again(session, people.alice, row.id, clock())
    again = claim_surely(people)
    assert (again.attempts, again.fencing_token) == (1, 2)


def list_all(people: People) -> list[Document]:
    with people.database.tenant(people.alice, reading=True) as session:
        return list(documents.list_documents(session, people.alice))


def test_charlies_document_is_claimed_before_the_rest_of_alices_twenty(people: People, clock: Clock) -> None:
    for _ in range(20):
        people.add_document(people.alice)
        clock.pass_time(seconds=1)
    people.add_document(people.charlie)
    served = [claim_surely(people).tenant_id for _ in range(3)]
    assert served == [people.alice, people.charlie, people.alice]


def test_one_worker_alternates_between_people(people: People, clock: Clock) -> None:
    """Nothing is in work at the moment of a claim, so the person who was served longest ago is next."""
    for tenant in (people.alice, people.charlie):
        clock.pass_time(seconds=1)
        for _ in range(3):
            people.add_document(tenant)
    served = []
    for _ in range(6):
        clock.pass_time(seconds=1)
        document = claim_surely(people)
        served.append(document.tenant_id)
        finish(people, document)
    assert served == [people.alice, people.charlie] * 3


def test_documents_of_one_person_are_claimed_oldest_first(people: People, clock: Clock) -> None:
    ids = []
    for _ in range(3):
        clock.pass_time(seconds=1)
        ids.append(people.add_document(people.alice).id)
    assert [claim_surely(people).id for _ in range(3)] == ids


def test_questions_are_claimed_like_documents(people: People, clock: Clock) -> None:
    question = people.add_question(people.charlie)
    people.add_document(people.alice)
    with people.database.upkeep() as session:
        taken = work_queue.claim_next(session, Question, "w", clock(), LEASE)
    assert taken is not None and taken.id == question.id
