"""What people see of the occurrences of the words that they look for."""

from __future__ import annotations

from dataclasses import replace

from bot.render.keyboards import list_citation_rows
from bot.render.occurrences import MOST_DOCUMENTS, render_occurrences
from bot.render.split import LIMIT, count_utf16
from processing.types import Answer, AnswerView, Occurrences, Quote

TEXT = "The <linker> links what the compiler left. " + "And so on. " * 60 + "Linker."
MARKS = ((5, 11), (13, 18), (len(TEXT) - 7, len(TEXT) - 1))
QUOTE = Quote("0" * 16, "R.pdf", 12, 12, TEXT, MARKS[0], marks=MARKS)
ONE = Answer((QUOTE,), occurrences=(Occurrences("R.pdf", 37, 12, ((12, 3), (40, 1))),))
VIEW = AnswerView("1" * 16, 1, "en", 7, 8, "linker", "ready", "0" * 16, "R.pdf", ONE, kind="find")


def test_totals_come_first_then_pages_then_passages_with_the_words_in_bold() -> None:
    title, pages, location, passage = render_occurrences(VIEW).text.split("\n")
    assert title == "<b>linker</b> appears 37 times on 12 pages of <b>R.pdf</b>"
    assert pages == "p. 12 ×3, p. 40 and 10 more pages"
    assert location == "[1] <b>p. 12</b>"
    assert passage.startswith("<blockquote>The &lt;<b>linker</b>&gt; <b>links</b> what the compiler left.")
    assert passage.endswith("…</blockquote>") and len(passage) < 300


def test_one_occurrence_is_written_in_words_in_both_languages() -> None:
    view = replace(VIEW, answer=Answer(occurrences=(Occurrences("R.pdf", 1, 1, ((12, 1),)),)))
    assert render_occurrences(view).text == "<b>linker</b> appears once on one page of <b>R.pdf</b>\np. 12"
    assert "compare una volta in una pagina di <b>R.pdf</b>" in render_occurrences(replace(view, language="it")).text


def test_each_of_many_documents_has_its_count_and_all_fit_one_message() -> None:
    pages = tuple((page, 10) for page in range(1001, 1006))
    found = tuple(Occurrences(f"{'long name ' * 15}{number}.pdf", 70, 7, pages) for number in range(20))
    text = render_occurrences(
        replace(VIEW, scope=None, document_id=None, answer=Answer((QUOTE,) * 5, occurrences=found))
    ).text
    assert text.startswith("<b>linker</b> appears 1,400 times on 140 pages of your documents\n")
    assert text.count("70 times") == MOST_DOCUMENTS and "… and in 8 more documents" in text
    assert "[1] R.pdf, <b>p. 12</b>" in text and count_utf16(text) < LIMIT


def test_several_words_are_followed_by_how_they_are_counted() -> None:
    assert "Each word is counted" in render_occurrences(replace(VIEW, question="linker links")).text
    assert "Each word is counted" not in render_occurrences(replace(VIEW, question='"linker links"')).text


def test_words_that_do_not_occur_are_reported_as_such() -> None:
    nowhere = replace(VIEW, question="<gold>", answer=Answer())
    assert render_occurrences(nowhere).text == "No passage in <b>R.pdf</b> contains <b>&lt;gold&gt;</b>."
    assert "your documents" in render_occurrences(replace(nowhere, scope=None)).text


def test_buttons_open_the_pages_and_search_all_documents() -> None:
    keyboard = render_occurrences(VIEW).keyboard
    assert keyboard is not None
    data = [button.callback_data for row in keyboard.inline_keyboard for button in row]
    assert data == [list_citation_rows(VIEW)[0][0][1], f"findall:{VIEW.id}"]
    assert render_occurrences(replace(VIEW, document_id=None, answer=Answer())).keyboard is None
