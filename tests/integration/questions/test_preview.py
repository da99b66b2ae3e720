"""The button of a citation sends a preview of its passage, once a tap, as long as the document exists."""

from __future__ import annotations

import secrets
from typing import Any

import pytest

from bot.render.answer import render_answer
from db.models import Document, Question
from errors import UserMistake
from processing.delivery import Delivery, DeliveryState
from processing.documents import library
from processing.jobs.run import run_next
from processing.maintenance.reconciler import reconcile
from processing.questions import submit
from processing.questions.job import QUESTION_JOB
from processing.questions.preview import PREVIEW_JOB, request_preview
from processing.types import Passage
from tests.integration.bench import Bench

PAGES = ["Seals eat fish in the bay.", "The walrus dives for clams.", "Otters hold hands while they sleep."]


def ask(bench: Bench, tenant_id: int, text: str = "What does the walrus dive for?") -> str:
    """Ask and have it answered; returns the question's id. The first citation is the page about the walrus."""
    view = submit.prepare_question(bench.services, tenant_id, text, None, 5)
    submit.enqueue_question(bench.services, view, 50)
    assert run_next(bench.services, QUESTION_JOB)
    return view.id


@pytest.fixture
def alice(bench: Bench) -> int:
    return bench.add_person(1)


def test_tap_on_a_citation_shows_the_picture_of_its_page(bench: Bench, alice: int) -> None:
    bench.add_document(alice, PAGES)
    request_preview(bench.services, alice, ask(bench, alice), 1, 5, 50, secrets.token_hex(4))
    assert run_next(bench.services, PREVIEW_JOB)
    [view] = bench.notifier.sources
    assert view.picture is not None and view.picture.page == 2
    assert (view.chat_id, view.message_id, view.tenant_id) == (5, 50, alice)
    assert bench.orders[0].passage == PAGES[1] and bench.orders[0].words == PAGES[1]
    assert not run_next(bench.services, PREVIEW_JOB)


def test_page_of_the_answering_sentence_is_named_and_drawn(bench: Bench, alice: int) -> None:
    text, offset = f"{PAGES[0]} {PAGES[1]} {PAGES[2]}", len(PAGES[0]) + 5
    bench.add_document(alice, [Passage(0, text, 6, 7, page_breaks=((offset, 7),))])
    for question, named, drawn in (
        ("What do seals eat?", "p. 6", (6, 6)),
        ("What does the walrus dive for?", "p. 6–7", (6, 7)),
        ("Who holds hands while they sleep?", "p. 7", (7, 7)),
    ):
        asked = ask(bench, alice, question)
        rendered = render_answer(bench.notifier.answers[-1])
        assert f"<b>{named}</b>" in rendered.text and rendered.keyboard is not None
        assert rendered.keyboard.inline_keyboard[0][0].text.endswith(f"[1] {named}")
        request_preview(bench.services, alice, asked, 1, 5, 50, secrets.token_hex(4))
        run_next(bench.services, PREVIEW_JOB)
        assert (bench.orders[-1].first_page, bench.orders[-1].last_page) == drawn


@pytest.mark.parametrize("question", ["What is on page 2?", 'Who wrote "dives for clams"?', "What of article-32?"])
def test_passage_that_the_question_names_exactly_is_shown(bench: Bench, alice: int, question: str) -> None:
    bench.add_document(alice, [PAGES[0], f"{PAGES[1]} See article-32.", PAGES[2]])
    ask(bench, alice, question)
    [view] = bench.notifier.answers
    assert view.error_key is None and view.answer.quotes[0].first_page == 2 and view.answer.quotes[0].relevant


def test_question_about_the_whole_document_shows_its_beginning(bench: Bench, alice: int) -> None:
    bench.add_document(alice, PAGES)
    ask(bench, alice, "What is this document about?")
    [view] = bench.notifier.answers
    assert [quote.text for quote in view.answer.quotes] == PAGES
    assert "this is how it begins" in render_answer(view).text


def test_question_in_another_language_gets_a_hint(bench: Bench, alice: int) -> None:
    bench.add_document(alice, [f"{page} This is what is said of the animals in the sea." for page in PAGES])
    for question, hinted in (
        ("Che cosa mangiano di solito le foche e come?", True),
        ("What is it that the elephants of India eat when they are old?", False),
    ):
        ask(bench, alice, question)
        rendered = render_answer(bench.notifier.answers[-1]).text
        assert "No clear answer" in rendered or "I found nothing" in rendered
        assert ("in different languages" in rendered) == hinted


def test_preview_of_a_format_without_pages_shows_the_neighbouring_passages(bench: Bench, alice: int) -> None:
    bench.add_document(alice, PAGES, kind="markdown")
    request_preview(bench.services, alice, ask(bench, alice), 1, 5, 50, secrets.token_hex(4))
    run_next(bench.services, PREVIEW_JOB)
    [view] = bench.notifier.sources
    assert view.picture is None and view.quote is not None
    assert (view.before, view.quote.text, view.after) == tuple(PAGES)
    assert bench.orders == []


def test_second_tap_before_the_preview_is_ignored_and_one_after_it_is_not(bench: Bench, alice: int) -> None:
    bench.add_document(alice, PAGES)
    question = ask(bench, alice)
    for _ in range(2):
        request_preview(bench.services, alice, question, 1, 5, 50, secrets.token_hex(4))
    assert [run_next(bench.services, PREVIEW_JOB) for _ in range(2)] == [True, False]
    request_preview(bench.services, alice, question, 1, 5, 50, secrets.token_hex(4))
    assert run_next(bench.services, PREVIEW_JOB)


def test_charlie_gets_nothing_with_the_data_of_alices_button(bench: Bench, alice: int) -> None:
    bench.add_document(alice, PAGES)
    question, charlie = ask(bench, alice), bench.add_person(2)
    bench.add_document(charlie, ["Charlie's own page."])
    with pytest.raises(UserMistake, match="citation_gone"):
        request_preview(bench.services, charlie, question, 1, 5, 50, secrets.token_hex(4))
    assert not run_next(bench.services, PREVIEW_JOB)


@pytest.mark.parametrize(("question", "number"), [("f" * 16, 1), ("", 1), ("../..", 1), (None, 9), (None, 0)])
def test_invented_button_data_is_refused(bench: Bench, alice: int, question: str | None, number: int) -> None:
    bench.add_document(alice, PAGES)
    asked = ask(bench, alice)
    with pytest.raises(UserMistake, match="citation_gone"):
        request_preview(
            bench.services, alice, asked if question is None else question, number, 5, 50, secrets.token_hex(4)
        )


def test_button_works_after_its_question_is_deleted(bench: Bench, alice: int) -> None:
    bench.add_document(alice, PAGES)
    question = ask(bench, alice)
    bench.clock.pass_time(days=40)
    reconcile(bench.services)
    with bench.services.database.tenant(alice) as session:
        assert session.get(Question, question) is None
    request_preview(bench.services, alice, question, 1, 5, 50, secrets.token_hex(4))
    assert run_next(bench.services, PREVIEW_JOB)


def test_preview_is_refused_after_its_document_is_deleted(bench: Bench, alice: int) -> None:
    document = bench.add_document(alice, PAGES)
    question = ask(bench, alice)
    request_preview(bench.services, alice, question, 1, 5, 50, secrets.token_hex(4))
    library.delete_document(bench.services, alice, document.id)
    run_next(bench.services, PREVIEW_JOB)
    assert [view.error_key for view in bench.notifier.sources] == ["citation_gone"]
    with pytest.raises(UserMistake, match="citation_gone"):
        request_preview(bench.services, alice, question, 1, 5, 50, secrets.token_hex(4))


def test_preview_is_refused_after_its_document_is_read_again(bench: Bench, alice: int) -> None:
    document = bench.add_document(alice, PAGES)
    question = ask(bench, alice)
    with bench.services.database.tenant(alice) as session:
        found = session.get(Document, document.id)
        assert found is not None
        found.words_version = 2
    with pytest.raises(UserMistake, match="citation_gone"):
        request_preview(bench.services, alice, question, 1, 5, 50, secrets.token_hex(4))


def test_preview_is_postponed_a_bounded_number_of_times(bench: Bench, alice: int) -> None:
    bench.add_document(alice, PAGES)
    request_preview(bench.services, alice, ask(bench, alice), 1, 5, 50, secrets.token_hex(4))
    bench.notifier.outcome = Delivery(DeliveryState.POSTPONED, seconds=30)
    assert run_next(bench.services, PREVIEW_JOB)
    assert not run_next(bench.services, PREVIEW_JOB)
    for _ in range(5):
        bench.clock.pass_time(seconds=60)
        run_next(bench.services, PREVIEW_JOB)
    assert [view.error_key for view in bench.notifier.sources[:4]] == [None, None, None, "error_temporary"]
    assert bench.notifier.sources[-1].picture is None


def test_preview_of_missing_files_says_that_the_storage_is_down(bench: Bench, alice: int) -> None:
    bench.add_document(alice, PAGES)
    request_preview(bench.services, alice, ask(bench, alice), 1, 5, 50, secrets.token_hex(4))
    bench.services.storage.delete_tree(f"tenants/{alice}/")
    for _ in range(5):
        run_next(bench.services, PREVIEW_JOB)
        bench.clock.pass_time(hours=1)
    assert [view.error_key for view in bench.notifier.sources] == ["storage_down"]


@pytest.mark.parametrize("delivered", [True, False])
def test_late_worker_repairs_the_answer_only_after_a_delivery(bench: Bench, alice: int, delivered: bool) -> None:
    find, late = bench.services.index_cache.list_quotes, [True]

    def find_late(*arguments: Any, **more: Any) -> Any:
        if late:
            late.clear()
            bench.clock.pass_time(seconds=31)
            bench.notifier.outcome = (
                Delivery(DeliveryState.DELIVERED, 77) if delivered else Delivery(DeliveryState.POSTPONED, seconds=600)
            )
            # The lease has expired, so that the question is tried in a process of its own.
            bench.services.alone = True
            assert run_next(bench.services, QUESTION_JOB)
            bench.services.alone = False
        return find(*arguments, **more)

    bench.add_document(alice, PAGES)
    bench.services.index_cache.list_quotes = find_late  # type: ignore[method-assign]
    ask(bench, alice)
    assert len(bench.notifier.answers) == 1
    assert [view.state for view in bench.notifier.repaired] == (["ready"] if delivered else [])
