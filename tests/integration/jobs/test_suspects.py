"""What dies with a process is tried alone, and only that is counted; nobody has all threads of a worker."""

from __future__ import annotations

import pytest

from db.models import Question
from db.operations import claims
from db.operations.upkeep import work_queue
from db.states import State
from processing.runtime.leases import release_dead_worker
from tests.doubles import Clock
from tests.integration.jobs.test_claims import LEASE, claim, claim_surely, finish, put_back
from tests.integration.people import People


def die(people: People, clock: Clock, worker: str, *, found: bool) -> None:
    """Let the worker die; its supervisor has ``found`` that, or the leases expire."""
    if found:
        release_dead_worker(people.database, worker, clock())
    else:
        clock.pass_time(seconds=31)


@pytest.mark.parametrize("found", [True, False])
def test_death_of_a_worker_is_not_counted_and_makes_its_documents_suspects(
    people: People, clock: Clock, found: bool
) -> None:
    for tenant in (people.alice, people.charlie):
        people.add_document(tenant)
    held = {claim_surely(people, "w").id for _ in range(2)}
    die(people, clock, "w", found=found)
    assert claim(people) is None, "they are not tried beside others"
    again = [claim_surely(people, "alone", suspect=True) for _ in range(2)]
    assert {row.id for row in again} == held
    assert [(row.suspect, row.attempts, row.fencing_token) for row in again] == [(True, 1, 2)] * 2


@pytest.mark.parametrize("found", [True, False])
def test_death_during_a_suspect_is_counted(people: People, clock: Clock, found: bool) -> None:
    people.add_document(people.alice, suspect=True)
    claim_surely(people, "alone", suspect=True)
    die(people, clock, "alone", found=found)
    if found:
        assert claim(people, suspect=True) is None, "there is a pause"
        clock.pass_time(seconds=5)
    assert claim_surely(people, "alone", suspect=True).attempts == 2


def test_suspect_stays_one_when_it_is_put_back_or_queued_again(people: People, clock: Clock) -> None:
    people.add_document(people.alice, suspect=True)
    put_back(people, claim_surely(people, suspect=True), counted=False)
    document = claim_surely(people, suspect=True)
    finish(people, document, State.FAILED)
    with people.database.tenant(people.alice) as session:
        assert claims.queue_again(session, people.alice, document.id, clock())
    assert claim(people) is None
    assert claim(people, suspect=True) is not None


def test_tenant_with_their_share_of_a_worker_in_work_is_skipped(people: People) -> None:
    for _ in range(3):
        people.add_document(people.alice)
    people.add_question(people.alice)
    with people.database.upkeep() as session:
        assert work_queue.claim_next(session, Question, "w", people.clock(), LEASE) is not None
    claim_surely(people, "w", most_per_tenant=2)
    assert claim(people, "w", most_per_tenant=2) is None
    charlies = people.add_document(people.charlie)
    assert claim_surely(people, "w", most_per_tenant=2).id == charlies.id
    assert claim(people, "another", most_per_tenant=2) is not None
