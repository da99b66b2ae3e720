"""Which places of a text count, on which pages they stand, and how many of them are listed."""

from __future__ import annotations

from collections import Counter

import pytest

from processing.questions.occurrences import MAX_LISTED_PAGES, find_page, find_pages, list_occurrences, take_in_turn
from processing.retrieval.phrases import Token, list_matches, make_query_phrase, split_query
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


def test_phrases_are_taken_out_of_quotation_marks_and_nothing_is_wanted_twice() -> None:
    assert split_query('walrus "dives for" clams walrus') == [("dives for", True), ("walrus", False), ("clams", False)]
    assert split_query("„Sein und Zeit“ 「存在」") == [("Sein und Zeit", True), ("存在", True)]
    assert split_query('an "open end') == [("an", False), ('"open', False), ("end", False)]


def test_every_form_counts_unless_the_words_are_meant_exactly() -> None:
    assert find("seal and seals", "seal") == ["seal", "seals"]
    assert find("seal and seals", "seal", exact=True) == ["seal"]


def test_all_words_must_stand_in_the_passage() -> None:
    assert find("seals eat fish", "fish", "seal") == ["seals", "fish"]
    assert find("seals eat fish", "fish", "walrus") == []


def test_no_place_is_counted_twice() -> None:
    assert find("so so so so", "so so") == ["so so", "so so"]
    assert find("ice cold ice", "ice cold", "ice") == ["ice cold", "ice"]


def test_what_begins_after_the_end_is_of_the_next_passage() -> None:
    text = "the ice is cold ice"
    phrase = make_query_phrase(list_tokens("ice"), exact=True)
    assert list_matches([phrase], list_tokens(text), len("the ice is")) == [(4, 7)]


@pytest.mark.parametrize(("place", "page"), [(0, 7), (9, 7), (10, 8), (25, 9)])
def test_a_passage_over_three_pages_counts_each_place_on_its_own(place: int, page: int) -> None:
    assert find_page(Passage(0, "", 7, 9, page_breaks=((10, 8), (20, 9))), place) == page


def test_where_nothing_tells_the_first_page_is_named() -> None:
    assert find_page(Passage(0, "", 7, 9), 25) == 7


def test_totals_are_true_however_few_pages_are_listed() -> None:
    pages = Counter(dict.fromkeys(range(1, 101), 2))
    most, least = list_occurrences([("none", Counter()), ("few", Counter({4: 1})), ("many", pages)])
    assert (most.document_name, most.times, most.pages) == ("many", 200, 100)
    assert most.listed == tuple((page, 2) for page in range(1, MAX_LISTED_PAGES // 2 + 1))
    assert least.listed == ((4, 1),)


def test_each_document_shows_its_first_passage_before_another_shows_its_second() -> None:
    first, second = ([Quote(name, name, page, page, "") for page in (1, 2, 3)] for name in ("one", "two"))
    shown = [(quote.document_id, quote.first_page) for quote in take_in_turn([first, [], second], 3)]
    assert shown == [("one", 1), ("two", 1), ("one", 2)]


@pytest.mark.parametrize(
    ("mark", "pages"), [((0, 9), (3, 3)), ((9, 11), (3, 4)), ((10, 12), (4, 4)), ((5, 30), (3, 5)), ((0, 0), (3, 5))]
)
def test_what_is_marked_stands_on_its_own_pages(mark: tuple[int, int], pages: tuple[int, int]) -> None:
    assert find_pages(Passage(0, "x" * 30, 3, 5, page_breaks=((10, 4), (20, 5))), mark) == pages


def test_a_passage_that_knows_no_turn_names_all_its_pages() -> None:
    assert find_pages(Passage(0, "x" * 30, 3, 4), (25, 30)) == (3, 4)
