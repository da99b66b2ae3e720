"""A new kind of work is one class; attempts, pauses, delivery and deletion come with the lifecycle."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from db.models import Task
from db.operations import tasks as rows
from db.states import State
from errors import UserMistake, WorkerStopping
from processing.delivery import Delivery, DeliveryState
from processing.jobs import tasks
from processing.jobs.kind import TaskKind
from processing.jobs.outcome import MAX_ATTEMPTS
from processing.jobs.run import run_next
from processing.jobs.tasks import TaskRequest
from processing.runtime.leases import Lease
from processing.services import WorkerServices
from tests.deliveries import deliver_due
from tests.integration.bench import Bench


def do_nothing() -> None: ...


class GreetingJob(TaskKind):
    """Greets a person; ``disturb`` is called during an attempt."""

    name = "greeting"
    announces_done = True
    disturb: Callable[[], None] = staticmethod(do_nothing)

    def perform(self, services: WorkerServices, row: Task, lease: Lease) -> Mapping[str, object]:
        self.disturb()
        return {"result": {"name": row.arguments["name"]}}

    def choose_sentence(self, row: Task) -> tuple[str, dict[str, object]]:
        return row.error_key or "greeting", row.result


@pytest.fixture
def alice(bench: Bench) -> int:
    return bench.add_person(1)


@pytest.fixture
def greeting(bench: Bench, alice: int) -> GreetingJob:
    """A greeting for Alice, queued."""
    kind = GreetingJob()
    bench.services.wake_outbox = lambda: deliver_due(bench.services, {kind.name: kind})
    tasks.request(bench.services, alice, kind, TaskRequest("alice", 5, 50, "update", {"name": "Alice"}))
    return kind


def find_row(bench: Bench, alice: int) -> Task | None:
    with bench.services.database.tenant(alice, reading=True) as session:
        return rows.find_task(session, alice, GreetingJob.name, "alice")


def raise_error(error: Exception) -> None:
    raise error


def test_result_is_delivered_once_and_the_row_is_deleted(bench: Bench, alice: int, greeting: GreetingJob) -> None:
    assert run_next(bench.services, greeting)
    assert [(view.key, view.facts) for view in bench.notifier.notices] == [("greeting", {"name": "Alice"})]
    assert find_row(bench, alice) is None
    assert not run_next(bench.services, greeting)


def test_unknown_error_is_retried_until_the_last_attempt_and_then_reported(
    bench: Bench, alice: int, greeting: GreetingJob
) -> None:
    greeting.disturb = lambda: raise_error(ZeroDivisionError())
    for attempt in range(1, MAX_ATTEMPTS):
        assert run_next(bench.services, greeting)
        assert not run_next(bench.services, greeting), f"no pause after attempt {attempt}"
        bench.clock.pass_time(minutes=10)
    assert bench.notifier.notices == []
    assert run_next(bench.services, greeting)
    assert [view.key for view in bench.notifier.notices] == ["error_temporary"]
    assert find_row(bench, alice) is None


def test_user_mistake_is_reported_at_once(bench: Bench, alice: int, greeting: GreetingJob) -> None:
    greeting.disturb = lambda: raise_error(UserMistake("no_text"))
    assert run_next(bench.services, greeting)
    assert [view.key for view in bench.notifier.notices] == ["no_text"]


def test_stopping_worker_costs_no_attempt(bench: Bench, alice: int, greeting: GreetingJob) -> None:
    greeting.disturb = lambda: raise_error(WorkerStopping())
    for _ in range(MAX_ATTEMPTS + 2):
        assert run_next(bench.services, greeting)
    row = find_row(bench, alice)
    assert row is not None and (row.state, row.attempts) == ("queued", 0)
    assert bench.notifier.notices == []


def ask_again(bench: Bench, alice: int, kind: GreetingJob) -> None:
    tasks.request(bench.services, alice, kind, TaskRequest("alice", 5, 60, "another update", {"name": "Alice again"}))


def test_a_second_request_moves_the_outcome_to_its_message(bench: Bench, alice: int, greeting: GreetingJob) -> None:
    ask_again(bench, alice, greeting)
    assert run_next(bench.services, greeting) and not run_next(bench.services, greeting)
    assert [(view.message_id, view.facts) for view in bench.notifier.notices] == [(60, {"name": "Alice"})]


def test_a_failure_that_was_not_told_yet_is_told_also_after_a_new_request(
    bench: Bench, alice: int, greeting: GreetingJob
) -> None:
    greeting.disturb = lambda: raise_error(UserMistake("no_text"))
    bench.notifier.outcome = Delivery(DeliveryState.POSTPONED, seconds=600)
    assert run_next(bench.services, greeting)
    greeting.disturb, bench.notifier.outcome = do_nothing, Delivery(DeliveryState.DELIVERED, 77)
    ask_again(bench, alice, greeting)
    assert run_next(bench.services, greeting)
    bench.clock.pass_time(seconds=601)
    bench.services.wake_outbox()
    told = [(view.key, view.message_id) for view in bench.notifier.notices]
    assert told == [("no_text", 50), ("greeting", 60), ("no_text", 50)], "the first one was postponed"
    assert find_row(bench, alice) is None


def test_a_greeting_that_ended_and_was_not_deleted_is_replaced(bench: Bench, alice: int, greeting: GreetingJob) -> None:
    with bench.services.database.tenant(alice) as session:
        task = rows.find_task(session, alice, GreetingJob.name, "alice")
        assert task is not None
        task.state = State.READY
    ask_again(bench, alice, greeting)
    assert run_next(bench.services, greeting)
    assert [view.message_id for view in bench.notifier.notices] == [60]


def test_an_update_that_is_handled_again_after_its_greeting_brings_no_other(
    bench: Bench, alice: int, greeting: GreetingJob
) -> None:
    assert run_next(bench.services, greeting)
    tasks.request(bench.services, alice, greeting, TaskRequest("alice", 5, 50, "update", {"name": "Alice"}))
    assert not run_next(bench.services, greeting)
    assert len(bench.notifier.notices) == 1
