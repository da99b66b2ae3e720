"""/find is processed like a question; its answer lists every occurrence of the words."""

from __future__ import annotations

import secrets

import pytest
from pydantic import SecretStr

from bot.render.occurrences import render_occurrences
from db.models import Question
from db.operations import claims
from db.operations.upkeep import work_queue
from errors import UserMistake
from processing.documents import library
from processing.jobs.run import run_next
from processing.questions import submit
from processing.questions.history import list_exchanges
from processing.questions.job import QUESTION_JOB
from processing.questions.preview import PREVIEW_JOB, request_preview
from processing.runtime.leases import LEASE
from processing.types import AnswerView, Occurrences
from tests.integration.bench import Bench

SEALS = ["Seals eat fish in the bay.", "The walrus dives. A walrus floats.", "Walruses rest."]
BIRDS = ["Gulls follow the walrus.", "Gulls eat fish."]


@pytest.fixture
def alice(bench: Bench) -> int:
    return bench.add_person(1)


def find(bench: Bench, tenant_id: int, words: str, document_id: str | None = None) -> AnswerView:
    bench.clock.pass_time(seconds=1)
    view = submit.prepare_question(bench.services, tenant_id, words, document_id, 5, kind="find")
    submit.enqueue_question(bench.services, view, 50)
    assert run_next(bench.services, QUESTION_JOB)
    assert bench.notifier.answers[-1].id == view.id
    return bench.notifier.answers[-1]


def test_occurrences_in_all_documents_are_counted_by_page(bench: Bench, alice: int) -> None:
    bench.add_document(alice, BIRDS, name="birds.pdf")
    bench.add_document(alice, SEALS, name="seals.pdf")
    view = find(bench, alice, "walrus")
    assert view.answer.occurrences == (
        Occurrences("seals.pdf", 3, 2, ((2, 2), (3, 1))),
        Occurrences("birds.pdf", 1, 1, ((1, 1),)),
    )
    best = view.answer.quotes[0]
    assert {quote.document_name for quote in view.answer.quotes[:2]} == {"birds.pdf", "seals.pdf"}
    assert all("walrus" in best.text[start:end].lower() for start, end in best.marks)


def test_only_the_chosen_document_is_counted_until_all_are_asked(bench: Bench, alice: int) -> None:
    birds = bench.add_document(alice, BIRDS, name="birds.pdf")
    bench.add_document(alice, SEALS, name="seals.pdf")
    view = find(bench, alice, "fish", birds.id)
    assert (view.scope, view.answer.occurrences) == ("birds.pdf", (Occurrences("birds.pdf", 1, 1, ((2, 1),)),))
    everywhere = submit.prepare_for_all_documents(bench.services, alice, view.id, "tap")
    assert (everywhere.kind, everywhere.document_id, everywhere.question) == ("find", None, "fish")


def test_edited_words_are_found_again_or_become_a_question(bench: Bench, alice: int) -> None:
    bench.add_document(alice, SEALS)
    first = find(bench, alice, "wallrus")
    again = submit.prepare_repeat(bench.services, alice, first.id, "walrus", "edit", "find")
    assert (again.kind, again.question, again.message_id) == ("find", "walrus", 77)
    second = find(bench, alice, "seal")
    assert submit.prepare_repeat(bench.services, alice, second.id, "What do seals eat?").kind == "question"
    third = find(bench, alice, "seal")
    assert submit.prepare_repeat(bench.services, alice, third.id).kind == "find"


def test_person_finds_nothing_in_documents_of_others(bench: Bench, alice: int) -> None:
    charlie = bench.add_person(2)
    bench.add_document(alice, SEALS)
    bench.add_document(charlie, BIRDS)
    assert find(bench, charlie, "dives").answer.occurrences == ()
    with pytest.raises(UserMistake, match="find_what"):
        submit.prepare_question(bench.services, alice, ' "…" ', None, 5, kind="find")


def test_page_of_an_occurrence_can_be_previewed(bench: Bench, alice: int) -> None:
    bench.add_document(alice, SEALS)
    view = find(bench, alice, '"a walrus"')
    request_preview(bench.services, alice, view.id, 1, 5, 50, secrets.token_hex(4))
    assert run_next(bench.services, PREVIEW_JOB)
    assert bench.orders[0].words == "A walrus" and bench.orders[0].first_page == 2


def test_words_to_find_are_not_in_the_history(bench: Bench, alice: int) -> None:
    bench.add_document(alice, SEALS)
    find(bench, alice, "walrus")
    asked = claim_question(bench, alice)
    assert list_exchanges(bench.services, asked) == []


def test_find_does_not_stop_an_answer_that_is_being_written(bench: Bench, alice: int) -> None:
    bench.services.settings = bench.services.settings.model_copy(update={"openai_api_key": SecretStr("sk-any")})
    bench.add_document(alice, SEALS)
    asked = claim_question(bench, alice)
    find(bench, alice, "walrus")
    assert not is_stopped(bench, asked)
    claim_question(bench, alice)
    assert is_stopped(bench, asked)


def claim_question(bench: Bench, tenant_id: int) -> Question:
    """A question that a worker has claimed."""
    bench.clock.pass_time(seconds=1)
    view = submit.prepare_question(bench.services, tenant_id, "What do seals eat?", None, 5)
    submit.enqueue_question(bench.services, view, 51)
    with bench.services.database.upkeep() as session:
        claimed = work_queue.claim_next(session, Question, "another", bench.clock(), LEASE)
    assert claimed is not None and claimed.id == view.id
    return claimed


def is_stopped(bench: Bench, question: Question) -> bool:
    with bench.services.database.tenant(question.tenant_id, reading=True) as session:
        return claims.is_cancel_requested(session, question.tenant_id, Question, question.id)


def test_find_in_a_document_deleted_meanwhile_is_refused(bench: Bench, alice: int) -> None:
    document = bench.add_document(alice, SEALS)
    bench.add_document(alice, BIRDS)
    view = submit.prepare_question(bench.services, alice, "walrus", document.id, 5, kind="find")
    submit.enqueue_question(bench.services, view, 50)
    library.delete_document(bench.services, alice, document.id)
    assert run_next(bench.services, QUESTION_JOB)
    shown = bench.notifier.answers[-1]
    assert (shown.answer.occurrences, shown.error_key) == ((), "document_not_found")
    assert "don't have this document" in render_occurrences(shown).text
