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


def test_a_verified_citation_is_listed_with_its_number_and_page() -> None:
    text = render(Answer((QUOTE,), "They eat **fish** [1]."))
    assert text == "They eat <b>fish</b> [1].\n\nSources: [1] <b>p. 4</b>"


def test_an_unverified_citation_is_marked_and_explained() -> None:
    text = render(Answer((QUOTE, replace(QUOTE, verified=False)), "Fish [1] and birds [2]."))
    assert "Fish [1] and birds [2?]." in text
    assert "[2?] <b>p. 4</b>" in text
    assert "<i>[2?]: not verified. The words that the language model quotes are not on that page." in text


def test_an_answer_without_any_verified_citation_begins_with_a_warning() -> None:
    text = render(Answer((replace(QUOTE, verified=False),), "Birds [1].", "note_unverified_all"))
    assert text.startswith("<i>Not verified: none of the words") and text.count("<i>") == 1
    assert text.endswith("Birds [1?].\n\nSources: [1?] <b>p. 4</b>")
    text = render(Answer((replace(QUOTE, relevant=False),), "Birds.", "note_uncited"))
    assert text.startswith("<i>Not verified: the language model named no passage")
    assert text.endswith("Birds.\n\nClosest passages: [1] <b>p. 4</b>")


def test_an_answer_from_all_documents_names_the_document() -> None:
    assert "[1] seals.pdf, <b>p. 4</b>" in render(Answer((QUOTE,), "Fish [1]."), scope=None)


def test_an_unfinished_answer_is_plain_text_in_one_message() -> None:
    assert render(Answer(text="They eat **fi"), state="working") == "They eat **fi …"
    assert count_utf16(render(Answer(text="fish " * 2000), state="working")) < LIMIT


def test_an_answer_without_passages_says_that_nothing_was_found() -> None:
    assert "I found nothing about this in <b>seals.pdf</b>" in render(Answer())


def test_a_long_answer_is_split_with_balanced_tags() -> None:
    parts = split_html(render(Answer((QUOTE,), "**" + "A long word or two. " * 400 + "** end [1]")))
    assert len(parts) > 1
    assert all(count_utf16(part) <= LIMIT and part.count("<b>") == part.count("</b>") for part in parts)


def test_the_best_passage_is_open_and_the_others_are_folded_from_their_mark_on() -> None:
    best = replace(QUOTE, text=TEXT, mark=MARK)
    first, second = render(Answer((best, replace(best, first_page=8, last_page=9)))).split("<b>p. 8–9</b>")
    assert "<b>p. 4</b>\n<blockquote>…before " in first and f"<b>{SENTENCE}</b> after" in first
    assert second.startswith(f"\n<blockquote expandable>…<b>{SENTENCE}</b> after")


def test_a_passage_is_cut_between_words_and_never_inside_its_mark() -> None:
    left, right = cut_around(TEXT, *MARK, lead=350)
    assert TEXT[left:].startswith("before ") and TEXT[:right].endswith(" after")
    assert right - left <= QUOTE_CHARACTERS
    everything = (0, len(TEXT))
    assert cut_around(TEXT, *everything, lead=350) == everything


def test_a_text_without_spaces_is_cut_by_length() -> None:
    assert cut_around("字" * 2000, 1000, 1010, lead=350) == (650, 650 + QUOTE_CHARACTERS)


def test_passages_that_do_not_answer_are_folded_below_a_title_that_says_so() -> None:
    far = replace(QUOTE, relevant=False)
    text = render(Answer((far, replace(far, first_page=8, last_page=8))))
    assert text.startswith("No clear answer. Closest passages in <b>seals.pdf</b>:\n[1] ")
    assert text.count("<blockquote expandable>") == 2
    assert "Closest" not in render(Answer((QUOTE, far)))
    assert "No clear answer. Closest passages in your documents:" in render(Answer((far,)), scope=None)
