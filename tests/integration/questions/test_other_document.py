"""If the chosen document has no answer, another document of the same person that certainly has is shown."""

from __future__ import annotations

import pytest

from bot.render.answer import render_answer
from processing.jobs.run import run_next
from processing.questions import submit
from processing.questions.job import QUESTION_JOB
from processing.types import AnswerView
from tests.integration.bench import Bench
from tests.servers.openai_server import OpenAIServer, Request

SEA = ["Seals eat fish in the bay.", "The walrus dives for clams at night."]
BAKERY = ["The bakery opens at six.", "Rye bread with caraway is sold on Fridays in Zwingli street."]
BREAD = "Which bread is sold on Fridays?"


def ask(bench: Bench, tenant_id: int, text: str, document_id: str | None) -> AnswerView:
    bench.clock.pass_time(seconds=1)
    view = submit.prepare_question(bench.services, tenant_id, text, document_id, 5)
    submit.enqueue_question(bench.services, view, 50)
    assert run_next(bench.services, QUESTION_JOB)
    return bench.notifier.answers[-1]


@pytest.fixture
def alice(bench: Bench) -> int:
    return bench.add_person(1)


@pytest.fixture
def sea(bench: Bench, alice: int) -> str:
    """The chosen document, with another one, the bakery's, beside it."""
    bench.add_document(alice, BAKERY, name="bakery.pdf")
    return bench.add_document(alice, SEA, name="sea.pdf").id


def test_other_document_that_answers_is_shown_with_its_page(bench: Bench, alice: int, sea: str) -> None:
    text = render_answer(ask(bench, alice, BREAD, sea)).text
    assert text.startswith("Not found in <b>sea.pdf</b>. From <b>bakery.pdf</b>:\n[1] <b>p. 2</b>\n")
    assert "<b>Rye bread with caraway is sold on Fridays in Zwingli street.</b>" in text


def test_italian_person_reads_it_in_italian(bench: Bench) -> None:
    bruna = bench.add_person(3, "it")
    bench.add_document(bruna, BAKERY, name="bakery.pdf")
    sea = bench.add_document(bruna, SEA, name="sea.pdf")
    text = render_answer(ask(bench, bruna, BREAD, sea.id)).text
    assert text.startswith("In <b>sea.pdf</b> non c'è. Da <b>bakery.pdf</b>:\n")


def test_answer_from_another_document_has_no_note_on_languages(bench: Bench, alice: int) -> None:
    bench.add_document(alice, BAKERY, name="bakery.pdf")
    sea = bench.add_document(alice, ["Le foche mangiano il pesce che trovano nel mare e non sono mai sole."]).id
    text = render_answer(ask(bench, alice, BREAD, sea)).text
    assert "From <b>bakery.pdf</b>:" in text and "not in the language" not in text


def test_chosen_document_that_answers_is_shown_alone(bench: Bench, alice: int, sea: str) -> None:
    bench.add_document(alice, ["The walrus dives for clams at night, they say."], name="tales.pdf")
    answer = ask(bench, alice, "What does the walrus dive for?", sea).answer
    assert {quote.document_name for quote in answer.quotes} == {"sea.pdf"}


@pytest.mark.parametrize(
    "question",
    ["Which bread is sold on Mondays by Ottokar in Vienna?", "What is on page 2?", "Xylophone quasar?", "Who sold it?"],
)
def test_question_that_no_document_certainly_answers_is_refused(bench: Bench, alice: int, question: str) -> None:
    bench.add_document(alice, BAKERY, name="bakery.pdf")
    sea = bench.add_document(alice, SEA[:1], name="sea.pdf")
    view = ask(bench, alice, question, sea.id)
    assert render_answer(view).text.startswith(("No clear answer", "I found nothing about this"))
    assert "bakery" not in str(view.answer)


def test_documents_of_other_people_are_never_searched(bench: Bench, alice: int) -> None:
    sea = bench.add_document(alice, SEA, name="sea.pdf")
    bench.add_document(bench.add_person(2), BAKERY, name="bakery.pdf")
    view = ask(bench, alice, BREAD, sea.id)
    assert "bakery" not in str(view.answer) and "bread" not in str(view.answer)


class TestWithAModel:
    """The model gets the chosen document first, and the other one only if it finds no answer there."""

    @pytest.fixture
    def bench(self, bench_with_model: Bench, server: OpenAIServer) -> Bench:
        server.write = answer_about_bread
        return bench_with_model

    def test_model_answers_from_the_other_document(self, bench: Bench, alice: int, server: OpenAIServer) -> None:
        bench.add_document(alice, BAKERY, name="bakery.pdf")
        sea = bench.add_document(alice, [*SEA, "On Fridays the seals sleep."], name="sea.pdf")
        text = render_answer(ask(bench, alice, BREAD, sea.id)).text
        assert text.startswith("Not found in <b>sea.pdf</b>. From <b>bakery.pdf</b>:\nRye bread [1].")
        assert text.endswith("Sources: [1] <b>p. 2</b>")
        first, second = (str(request["messages"][1]["content"]) for request in server.requests)
        assert "Rye bread" not in first and "seals" not in second

    def test_ungrounded_answer_from_the_other_document_is_not_taken(
        self, bench: Bench, alice: int, server: OpenAIServer
    ) -> None:
        bench.add_document(alice, BAKERY, name="bakery.pdf")
        sea = bench.add_document(alice, [*SEA, "On Fridays the seals sleep."], name="sea.pdf")
        server.write = lambda request: ["Rye."] if "Rye bread" in str(request) else ["NO ANSWER"]
        view = ask(bench, alice, BREAD, sea.id)
        assert len(server.requests) == 2 and not view.answer.text
        assert {quote.document_name for quote in view.answer.quotes} == {"sea.pdf"}

    def test_passages_of_the_other_document_are_shown_without_the_model(
        self, bench: Bench, alice: int, sea: str, server: OpenAIServer
    ) -> None:
        bench.add_document(alice, ["On Fridays the seals sleep."], name="seals.pdf")
        server.refusal = 401
        text = render_answer(ask(bench, alice, BREAD, sea)).text
        assert "From <b>bakery.pdf</b>:" in text and "The language model did not answer" in text


def answer_about_bread(request: Request) -> list[str]:
    """Answers as a model that keeps to the passages."""
    if "Rye bread" not in str(request):
        return ["NO ANSWER"]
    return ["Rye bread [1].\nQUOTES\n", '[1] "Rye bread with caraway is sold on Fridays"']
