"""The table of text languages is complete, and one new row is enough for a new language."""

from __future__ import annotations

import pytest
import regex
import Stemmer

from processing.language.detect import detect_language
from processing.language.language import Language, split_words
from processing.language.table import LANGUAGES, ROWS, UNKNOWN, get_language
from processing.language.tokens import list_content_words, list_terms
from processing.questions.follow_up import POINTERS
from processing.retrieval.lexical import build_lexical
from processing.retrieval.search import LoadedIndex, search
from processing.types import Passage

ESPERANTO = Language(
    name="esperanto",
    own_letters="ĉĝĥĵŝŭ",
    stemmer="esperanto",
    stop_words=split_words("la kaj estas en de al kiu kiuj kio kie kiam ke ne por sur kun oni ili tiu ĉi"),
)
TEXTS = ("La hundoj kuras en la ĝardeno.", "La domo estas malnova kaj granda.", "Kafo kaj teo estas sur la tablo.")


def test_names_are_unique_and_lower_case() -> None:
    assert len(LANGUAGES) == len(ROWS)
    assert all(row.name and row.name == row.name.lower() for row in ROWS)


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_row_says_how_its_language_is_recognised(row: Language) -> None:
    assert row.script or row.stop_words
    assert row.spaced or row.script
    assert all(word == word.lower() for word in row.stop_words)


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_row_names_a_stemmer_and_patterns_that_exist(row: Language) -> None:
    assert not row.stemmer or row.stemmer in Stemmer.algorithms()
    for pattern in (row.prefix, row.asking, row.page, f"[{row.script}]" if row.script else ""):
        regex.compile(pattern)


def test_scripts_and_letters_belong_to_one_row_each() -> None:
    letters = [letter for row in ROWS for letter in row.own_letters]
    scripts = [row.script for row in ROWS if row.script]
    assert len(letters) == len(set(letters)) and len(scripts) == len(set(scripts))


def test_pronouns_of_follow_ups_belong_to_languages_of_the_table() -> None:
    assert set(POINTERS) <= set(LANGUAGES)


def test_unknown_language_has_the_defaults() -> None:
    assert get_language("klingon") is UNKNOWN
    assert list_terms("La hundoj", "klingon") == ["la", "hundoj"]


def test_one_row_makes_a_language_recognised_and_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    assert detect_language(" ".join(TEXTS)) != "esperanto"
    monkeypatch.setitem(LANGUAGES, ESPERANTO.name, ESPERANTO)
    assert detect_language(" ".join(TEXTS)) == detect_language("ĝardeno") == "esperanto"
    assert list_content_words("Kie estas la hundo?", "esperanto") == ["hundo"]
    assert list_terms("hundo hundoj hundojn", "esperanto") == ["hund"] * 3
    passages = [Passage(index, text, 1, 1) for index, text in enumerate(TEXTS)]
    loaded_index = LoadedIndex("d", "d", passages, build_lexical(TEXTS))
    assert loaded_index.lexical.language == "esperanto"
    assert [hit.passage.index for hit in search([loaded_index], "Kie estas la hundo?", None, 3)] == [0]
