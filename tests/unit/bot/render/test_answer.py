"""What people see of an answer."""

from __future__ import annotations

from dataclasses import replace

from bot.render.answer import QUOTE_CHARACTERS, cut_around, render_answer
from bot.render.split import LIMIT, count_utf16, split_html
from processing.types import Answer, AnswerView, Quote

QUOTE = Quote("0" * 16, "seals.pdf", 4, 4, "Seals eat fish & <clams>.")
VIEW = AnswerView("1" * 16, 1, "en", 7, 8, "What do seals eat?", "ready", scope="seals.pdf")

SENTENCE = "The answer stands here."
TEXT = "before " * 100 + SENTENCE + " after" * 100
MARK = (TEXT.index(SENTENCE), TEXT.index(SENTENCE) + len(SENTENCE))


def render(answer: Answer, state: str = "ready", scope: str | None = "seals.pdf") -> str:
    return render_answer(replace(VIEW, answer=answer, state=state, scope=scope)).text


def test_a_checked_citation_stands_under_its_number_and_page() -> None:
    text = render(Answer((QUOTE,), "They eat **fish** [1]."))
    assert text == "They eat <b>fish</b> [1].\n\nRests on: [1] <b>p. 4</b>"


def test_what_was_not_found_on_its_page_is_marked_and_said() -> None:
    text = render(Answer((QUOTE, replace(QUOTE, verified=False)), "Fish [1] and birds [2]."))
    assert "Fish [1] and birds [2?]." in text
    assert "[2?] <b>p. 4</b>" in text
    assert "<i>[2?]: the words the model gave for this do not stand on that page." in text


def test_an_answer_that_nothing_speaks_for_begins_with_that() -> None:
    text = render(Answer((replace(QUOTE, verified=False),), "Birds [1].", "note_unverified_all"))
    assert text.startswith("<i>Take this as unverified: nothing that") and text.count("<i>") == 1
    assert text.endswith("Birds [1?].\n\nRests on: [1?] <b>p. 4</b>")
    text = render(Answer((replace(QUOTE, relevant=False),), "Birds.", "note_uncited"))
    assert text.startswith("<i>Take this as unverified: the language model named no passage")
    assert text.endswith("Birds.\n\nThe nearest passages: [1] <b>p. 4</b>")


def test_an_answer_over_all_documents_names_each() -> None:
    assert "[1] seals.pdf, <b>p. 4</b>" in render(Answer((QUOTE,), "Fish [1]."), scope=None)


def test_while_it_grows_it_is_plain() -> None:
    assert render(Answer(text="They eat **fi"), state="working") == "They eat **fi …"
    assert count_utf16(render(Answer(text="fish " * 2000), state="working")) < LIMIT


def test_a_refusal_says_that_the_document_does_not_say() -> None:
    assert "doesn't say anything about this" in render(Answer())


def test_a_long_answer_is_split_with_its_tags_whole() -> None:
    parts = split_html(render(Answer((QUOTE,), "**" + "A long word or two. " * 400 + "** end [1]")))
    assert len(parts) > 1
    assert all(count_utf16(part) <= LIMIT and part.count("<b>") == part.count("</b>") for part in parts)


def test_the_best_passage_is_shown_whole_and_the_others_folded_from_what_answers_on() -> None:
    best = replace(QUOTE, text=TEXT, mark=MARK)
    first, second = render(Answer((best, replace(best, first_page=8, last_page=9)))).split("<b>p. 8–9</b>")
    assert "<b>p. 4</b>\n<blockquote>…before " in first and f"<b>{SENTENCE}</b> after" in first
    assert second.startswith(f"\n<blockquote expandable>…<b>{SENTENCE}</b> after")


def test_a_passage_is_cut_between_words_and_never_in_what_answers() -> None:
    left, right = cut_around(TEXT, *MARK, lead=350)
    assert TEXT[left:].startswith("before ") and TEXT[:right].endswith(" after")
    assert right - left <= QUOTE_CHARACTERS
    everything = (0, len(TEXT))
    assert cut_around(TEXT, *everything, lead=350) == everything


def test_a_text_without_spaces_is_cut_all_the_same() -> None:
    assert cut_around("字" * 2000, 1000, 1010, lead=350) == (650, 650 + QUOTE_CHARACTERS)


def test_the_nearest_passages_are_shown_folded_under_a_word_that_they_do_not_answer() -> None:
    far = replace(QUOTE, relevant=False)
    text = render(Answer((far, replace(far, first_page=8, last_page=8))))
    assert text.startswith(
        "<b>seals.pdf</b> doesn't say anything about this that I could find for sure. The nearest passages:\n[1] "
    )
    assert text.count("<blockquote expandable>") == 2
    assert "nearest" not in render(Answer((QUOTE, far)))
    assert "Your documents don't say anything" in render(Answer((far,)), scope=None)
