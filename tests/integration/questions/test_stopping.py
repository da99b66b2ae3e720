"""An answer that is being written gives way at once: to its owner, to the next question, to the end of its worker."""

from __future__ import annotations

import threading

import pytest

from db.models import Question
from processing.jobs.run import run_next
from processing.questions import submit
from processing.questions.job import QUESTION_JOB
from tests.integration.bench import Bench
from tests.integration.talking import PAGES, put
from tests.openai_server import Fault, OpenAIServer


@pytest.fixture
def bench(talking: Bench) -> Bench:
    return talking


@pytest.fixture
def alice(bench: Bench) -> int:
    alice = bench.add_person(1)
    bench.add_document(alice, PAGES)
    return alice


def hold_stream(bench: Bench, server: OpenAIServer) -> threading.Thread:
    """A worker in the middle of an answer: it goes on when ``server.hold`` is set."""
    server.hold = threading.Event()
    worker = threading.Thread(target=run_next, args=[bench.services, QUESTION_JOB])
    worker.start()
    for _ in range(3000):
        if bench.notifier.growing:
            return worker
        worker.join(0.01)
    raise AssertionError("no word came")


def test_stopped_in_the_middle(bench: Bench, alice: int, server: OpenAIServer) -> None:
    question = put(bench, alice, "What does the walrus dive for?")
    worker = hold_stream(bench, server)
    assert submit.stop_answer(bench.services, alice, question)
    worker.join()
    [view] = bench.notifier.answers
    assert (view.state, view.error_key) == ("cancelled", "answer_stopped")
    assert not submit.stop_answer(bench.services, alice, question)


def test_stopped_while_the_model_is_silent_it_is_let_go_of(bench: Bench, alice: int, server: OpenAIServer) -> None:
    server.write = lambda _: ["Clams "] * 10_000
    question = put(bench, alice, "What does the walrus dive for?")
    worker = hold_stream(bench, server)
    assert submit.stop_answer(bench.services, alice, question)
    worker.join()
    assert server.hold is not None and not server.left.is_set()
    server.hold.set()
    assert server.left.wait(60)


@pytest.mark.parametrize("stopped", [True, False], ids=["stopped", "worker ends"])
def test_a_model_that_says_nothing_at_all_holds_nobody_up(
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


def test_a_stranger_stops_nothing(bench: Bench, alice: int, server: OpenAIServer) -> None:
    question = put(bench, alice, "What does the walrus dive for?")
    worker = hold_stream(bench, server)
    assert not submit.stop_answer(bench.services, bench.add_person(2), question)
    assert server.hold is not None
    server.hold.set()
    worker.join()
    assert bench.notifier.answers[0].state == "ready"


def test_a_new_question_takes_the_place_of_the_answer_in_work(bench: Bench, alice: int, server: OpenAIServer) -> None:
    old = put(bench, alice, "What does the walrus dive for?")
    worker = hold_stream(bench, server)
    new = put(bench, alice, "Who holds hands?")
    assert server.hold is not None
    server.hold.set()
    worker.join()
    assert run_next(bench.services, QUESTION_JOB)
    told = {view.id: (view.state, view.error_key) for view in bench.notifier.answers}
    assert told == {old: ("cancelled", "answer_replaced"), new: ("ready", None)}


def test_a_worker_that_is_to_end_gives_the_question_back(bench: Bench, alice: int) -> None:
    question = put(bench, alice, "What does the walrus dive for?")
    bench.services.stopping.set()
    assert run_next(bench.services, QUESTION_JOB)
    with bench.services.database.upkeep(reading=True) as session:
        row = session.get(Question, question)
        assert row is not None and (row.state, row.attempts) == ("queued", 0)
