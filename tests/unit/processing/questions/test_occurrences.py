"""Occurrences are matched, counted and listed by page."""

from __future__ import annotations

from collections import Counter

import pytest

from processing.questions.occurrences import MAX_LISTED_PAGES, find_page, find_pages, list_occurrences, take_in_turn
from processing.retrieval.phrases import Token, list_matches, make_query_phrase
from processing.text.query import split_query
from processing.types import Passage, Quote


def list_tokens(text: str) -> list[Token]:
    """Words parted by single spaces; a plural's term is its singular."""
    tokens, start = [], 0
    for word in text.split(" "):
        tokens.append(Token(word, word.removesuffix("s"), "", start, start + len(word)))
        start += len(word) + 1
    return [*tokens, Token("", "", "", len(text), len(text))]


def find(text: str, *wanted: str, exact: bool = False) -> list[str]:
    phrases = [make_query_phrase(list_tokens(words), exact=exact) for words in wanted]
    return [text[start:end] for start, end in list_matches(phrases, list_tokens(text), len(text))]


def test_query_is_split_into_phrases_and_words_without_repetition() -> None:
    assert split_query('walrus "dives for" clams walrus') == [("dives for", True), ("walrus", False), ("clams", False)]
    assert split_query("„Sein und Zeit“ 「存在」") == [("Sein und Zeit", True), ("存在", True)]
    assert split_query('an "open end') == [("an", False), ('"open', False), ("end", False)]


def test_word_matches_in_every_form_unless_it_is_exact() -> None:
    assert find("seal and seals", "seal") == ["seal", "seals"]
    assert find("seal and seals", "seal", exact=True) == ["seal"]


def test_nothing_matches_unless_all_words_do() -> None:
    assert find("seals eat fish", "fish", "seal") == ["seals", "fish"]
    assert find("seals eat fish", "fish", "walrus") == []


def test_overlapping_spans_are_counted_once() -> None:
    assert find("so so so so", "so so") == ["so so", "so so"]
    assert find("ice cold ice", "ice cold", "ice") == ["ice cold", "ice"]


def test_span_that_begins_after_the_end_is_left_out() -> None:
    text = "the ice is cold ice"
    phrase = make_query_phrase(list_tokens("ice"), exact=True)
    assert list_matches([phrase], list_tokens(text), len("the ice is")) == [(4, 7)]


@pytest.mark.parametrize(("offset", "page"), [(0, 7), (9, 7), (10, 8), (25, 9)])
def test_offset_in_a_passage_over_three_pages_gives_its_page(offset: int, page: int) -> None:
    assert find_page(Passage(0, "", 7, 9, page_breaks=((10, 8), (20, 9))), offset) == page


def test_passage_without_page_breaks_gives_its_first_page() -> None:
    assert find_page(Passage(0, "", 7, 9), 25) == 7


def test_totals_count_pages_that_are_not_listed() -> None:
    pages = Counter(dict.fromkeys(range(1, 101), 2))
    most, least = list_occurrences([("none", Counter()), ("few", Counter({4: 1})), ("many", pages)])
    assert (most.document_name, most.times, most.pages) == ("many", 200, 100)
    assert most.listed == tuple((page, 2) for page in range(1, MAX_LISTED_PAGES // 2 + 1))
    assert least.listed == ((4, 1),)


def test_quotes_are_taken_from_each_document_in_turn() -> None:
    first, second = ([Quote(name, name, page, page, "") for page in (1, 2, 3)] for name in ("one", "two"))
    shown = [(quote.document_id, quote.first_page) for quote in take_in_turn([first, [], second], 3)]
    assert shown == [("one", 1), ("two", 1), ("one", 2)]


@pytest.mark.parametrize(
    ("mark", "pages"), [((0, 9), (3, 3)), ((9, 11), (3, 4)), ((10, 12), (4, 4)), ((5, 30), (3, 5)), ((0, 0), (3, 5))]
)
def test_span_gives_its_own_pages(mark: tuple[int, int], pages: tuple[int, int]) -> None:
    assert find_pages(Passage(0, "x" * 30, 3, 5, page_breaks=((10, 4), (20, 5))), mark) == pages


def test_span_without_page_breaks_gives_all_pages() -> None:
    assert find_pages(Passage(0, "x" * 30, 3, 4), (25, 30)) == (3, 4)
