"""An answer being written is stopped at once by its owner, by the next question, and by the end of its worker."""

from __future__ import annotations

import threading

import pytest

from db.models import Question
from processing.jobs.run import run_next
from processing.questions import submit
from processing.questions.job import QUESTION_JOB
from tests.integration.bench import Bench
from tests.integration.conversation import PAGES, put
from tests.servers.openai_server import Fault, OpenAIServer


@pytest.fixture
def bench(bench_with_model: Bench) -> Bench:
    return bench_with_model


@pytest.fixture
def alice(bench: Bench) -> int:
    alice = bench.add_person(1)
    bench.add_document(alice, PAGES)
    return alice


def hold_stream(bench: Bench, server: OpenAIServer) -> threading.Thread:
    """A worker that has begun to write an answer; it goes on when ``server.hold`` is set."""
    server.hold = threading.Event()
    worker = threading.Thread(target=run_next, args=[bench.services, QUESTION_JOB])
    worker.start()
    for _ in range(3000):
        if bench.notifier.growing:
            return worker
        worker.join(0.01)
    raise AssertionError("nothing of the answer was shown")


def test_answer_being_written_can_be_stopped_once(bench: Bench, alice: int, server: OpenAIServer) -> None:
    question = put(bench, alice, "What does the walrus dive for?")
    worker = hold_stream(bench, server)
    assert submit.stop_answer(bench.services, alice, question)
    worker.join()
    [view] = bench.notifier.answers
    assert (view.state, view.error_key) == ("cancelled", "answer_stopped")
    assert not submit.stop_answer(bench.services, alice, question)


def test_stop_closes_the_connection_to_a_model_that_pauses(bench: Bench, alice: int, server: OpenAIServer) -> None:
    server.write = lambda _: ["Clams "] * 10_000
    question = put(bench, alice, "What does the walrus dive for?")
    worker = hold_stream(bench, server)
    assert submit.stop_answer(bench.services, alice, question)
    worker.join()
    assert server.hold is not None and not server.left.is_set()
    server.hold.set()
    assert server.left.wait(60)


@pytest.mark.parametrize("stopped", [True, False], ids=["stopped", "worker ends"])
def test_silent_model_delays_neither_a_stop_nor_the_end_of_the_worker(
    bench: Bench, alice: int, server: OpenAIServer, *, stopped: bool
) -> None:
    server.faults = [Fault(silent=True)]
    question = put(bench, alice, "What does the walrus dive for?")
    worker = threading.Thread(target=run_next, args=[bench.services, QUESTION_JOB])
    worker.start()
    while not server.requests:
        worker.join(0.01)
    if stopped:
        assert submit.stop_answer(bench.services, alice, question)
    else:
        bench.services.stopping.set()
    worker.join()
    with bench.services.database.upkeep(reading=True) as session:
        row = session.get(Question, question)
        assert row is not None and row.state == ("cancelled" if stopped else "queued")


def test_charlie_cannot_stop_alices_answer(bench: Bench, alice: int, server: OpenAIServer) -> None:
    question = put(bench, alice, "What does the walrus dive for?")
    worker = hold_stream(bench, server)
    assert not submit.stop_answer(bench.services, bench.add_person(2), question)
    assert server.hold is not None
    server.hold.set()
    worker.join()
    assert bench.notifier.answers[0].state == "ready"


def test_new_question_replaces_the_answer_being_written(bench: Bench, alice: int, server: OpenAIServer) -> None:
    old = put(bench, alice, "What does the walrus dive for?")
    worker = hold_stream(bench, server)
    new = put(bench, alice, "Who holds hands?")
    assert server.hold is not None
    server.hold.set()
    worker.join()
    assert run_next(bench.services, QUESTION_JOB)
    ended = {view.id: (view.state, view.error_key) for view in bench.notifier.answers}
    assert ended == {old: ("cancelled", "answer_replaced"), new: ("ready", None)}


def test_stopping_worker_puts_the_question_back(bench: Bench, alice: int) -> None:
    question = put(bench, alice, "What does the walrus dive for?")
    bench.services.stopping.set()
    assert run_next(bench.services, QUESTION_JOB)
    with bench.services.database.upkeep(reading=True) as session:
        row = session.get(Question, question)
        assert row is not None and (row.state, row.attempts) == ("queued", 0)
