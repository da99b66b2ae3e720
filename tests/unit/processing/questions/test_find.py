"""Occurrences in known texts of several scripts are counted as a reader would count them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.models import Document
from processing.chunking.passages import cut_passages
from processing.questions.find import LONGEST_SECONDS, Patience, count_in_document, find_occurrences, iterate_holders
from processing.retrieval.lexical import build_lexical
from processing.retrieval.passage_file import read_passages, write_passages
from processing.retrieval.phrases import list_tokens, make_query_phrase, match_phrase, matches_at
from processing.retrieval.search import LoadedIndex
from processing.types import Page

if TYPE_CHECKING:
    from processing.retrieval.index_cache import IndexCache

ENGLISH = [
    "The linker links what the compiler left. Linking is the last step, and the Linker says so. A sentence runs",
    "over the end of its page to the linker. The résumé of C++ is not a resume of C. It is a well-known step.",
    "Nothing here but the weather, which was fine, and the sea, which was not.",
]
CHINESE = ["连接器连接目标文件。目标文件由编译器生成。", "编译器不是连接器。连接器是最后一步。", "天气很好。"]
THAI = ["แมวกินปลา แมวนอน", "ปลาว่ายน้ำ"]


def open_index(pages: Sequence[str]) -> LoadedIndex:
    numbered = [Page(number, text) for number, text in enumerate(pages, 1)]
    passages = list(cut_passages(numbered, lambda text: len(text) // 4))
    return LoadedIndex("0" * 16, "known.pdf", passages, build_lexical([passage.text for passage in passages]))


def count(pages: Sequence[str], words: str) -> dict[int, int]:
    """Times by page."""
    return dict(
        count_in_document(open_index(pages), Document(id="0" * 16, name="known.pdf", words_version=1), words)[0]
    )


def test_word_is_counted_in_all_forms_on_the_page_of_each() -> None:
    assert len(open_index(ENGLISH).passages) == 2
    assert count(ENGLISH, "link") == {1: 2}
    assert count(ENGLISH, "linkers") == {1: 2, 2: 1}
    assert count(ENGLISH, "weather") == {3: 1}


def test_phrase_is_found_whatever_its_case_accents_and_white_space() -> None:
    assert count(ENGLISH, '"the linker"') == {1: 2, 2: 1}
    assert count(ENGLISH, '"THE   LINKER"') == {1: 2, 2: 1}
    assert count(ENGLISH, '"linkers"') == {}
    assert count(ENGLISH, '"resume"') == count(ENGLISH, '"résumé"') == {2: 2}
    assert count(ENGLISH, '"C++"') == {2: 1} and count(ENGLISH, '"c"') == {2: 2}
    assert count(ENGLISH, '"well known"') == {} and count(ENGLISH, "well-known") == {2: 1}
    assert count(ENGLISH, '"left linking"') == {}


def test_phrase_over_the_end_of_a_page_counts_where_it_begins() -> None:
    assert count(ENGLISH, '"sentence runs over the end"') == {1: 1}
    assert count(ENGLISH, '"known step. Nothing here"') == {2: 1}


def test_several_words_are_counted_only_in_passages_that_hold_all() -> None:
    assert count(ENGLISH, "compiler step") == {1: 2, 2: 1}
    assert count(ENGLISH, "compiler weather") == {}
    assert count(ENGLISH, 'step "the compiler"') == {1: 2, 2: 1}


def test_characters_without_spaces_are_found_side_by_side() -> None:
    assert count(CHINESE, "连接器") == {1: 1, 2: 2}
    assert count(CHINESE, "连接") == {1: 2, 2: 2}
    assert count(CHINESE, '"目标文件"') == {1: 2}
    assert count(CHINESE, "件目") == {}
    assert count(CHINESE, "气") == {3: 1}
    assert count(THAI, "แมว") == {1: 2} and count(THAI, "ปลา") == {1: 1, 2: 1}


def test_punctuation_alone_finds_nothing() -> None:
    assert count(ENGLISH, '"++" —') == {}


def test_page_breaks_are_stored_with_the_passages(tmp_path: Path) -> None:
    loaded_index = open_index(ENGLISH)
    write_passages(loaded_index.passages, tmp_path / "passages.jsonl")
    kept = list(read_passages(tmp_path / "passages.jsonl"))
    assert [passage.page_breaks for passage in kept] == [passage.page_breaks for passage in loaded_index.passages]
    [(offset, page)] = kept[0].page_breaks
    assert page == 2 and kept[0].text[offset:].lstrip().startswith("over the end of its page")


def test_every_occurrence_has_a_span() -> None:
    [(passage, spans)] = iterate_holders(open_index(ENGLISH), "linker")
    assert [passage.text[start:end] for start, end in spans] == ["linker", "Linker", "linker"]


WORDS = st.sampled_from(["x", "X", "y", "é", "e"])
GAPS = st.sampled_from([" ", "-", ", ", "("])


@given(st.lists(st.tuples(WORDS, GAPS), min_size=1, max_size=60), st.integers(0, 50), st.integers(2, 6))
def test_an_exact_phrase_is_found_where_a_comparison_word_by_word_finds_it(
    parts: list[tuple[str, str]], start: int, size: int
) -> None:
    text = "".join(word + gap for word, gap in parts)
    tokens = list_tokens(text, "english")
    wanted = "".join(word + gap for word, gap in parts[start % len(parts) :][:size])
    phrase = make_query_phrase(list_tokens(wanted, "english"), exact=True)
    found, index, length = [], 0, len(phrase.tokens)
    while index + length < len(tokens):
        matches = matches_at(phrase, tokens, index)
        found += [(tokens[index].start, tokens[index + length - 1].end)] * matches
        index += length if matches else 1
    assert match_phrase(phrase, tokens) == found


def test_a_long_phrase_of_one_word_is_searched_in_one_pass() -> None:
    """Word by word this would take hours."""
    tokens = list_tokens("x " * 300_000 + "y", "english")
    phrase = make_query_phrase(list_tokens("x " * 100_000 + "y y", "english"), exact=True)
    assert match_phrase(phrase, tokens) == []


def test_a_search_that_is_not_wanted_any_more_stops_within_a_document() -> None:
    class Stopped(Exception):
        pass

    def stop() -> bool:
        raise Stopped

    with pytest.raises(Stopped):
        list(iterate_holders(open_index(ENGLISH), "linker", stop))


class OneIndex:
    """An index cache with one document."""

    def list_holders(self, asked: Sequence[Document], words: str) -> Sequence[Document]:
        return asked

    def open_index(self, document: Document) -> LoadedIndex:
        return open_index(ENGLISH)


def test_a_search_that_takes_too_long_says_that_it_has_not_seen_all(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter(range(0, 10_000, int(LONGEST_SECONDS)))
    monkeypatch.setattr("processing.questions.find.time.monotonic", lambda: next(now))
    asked = [Document(id="0" * 16, name="known.pdf", words_version=1)]
    answer = find_occurrences(cast("IndexCache", OneIndex()), asked, "linker", lambda: None)
    assert answer.note_key == "note_not_all_searched" and answer.occurrences == ()


def test_a_search_checks_at_first_whether_it_is_wanted() -> None:
    checked = []
    patience = Patience(lambda: checked.append(True))
    assert not patience.is_over() and not patience.is_over() and checked == [True]
