"""Questions that a text answers are distinguished from questions that it does not answer."""

from __future__ import annotations

from dataclasses import replace

from processing.retrieval.lexical import build_lexical
from processing.retrieval.ranking.relevance import CERTAIN_RELEVANCE, MIN_RELEVANCE, is_certain, is_relevant
from processing.retrieval.search import LoadedIndex, search
from processing.types import Hit, Passage, Reading

TEXTS = (
    "The walrus rests on drifting ice and dives for clams on the floor of the sea.",
    "A compiler translates a program into machine code that the processor can run.",
    "The rent is due on the first of the month and the keys are returned within three days.",
    "Bread rises because the yeast in it breathes out gas that the dough holds back.",
)
LOADED_INDEX = LoadedIndex(
    "d", "d", [Passage(n, text, n + 1, n + 1) for n, text in enumerate(TEXTS)], build_lexical(TEXTS)
)


def is_answered(question: str) -> bool:
    return any(is_relevant(hit) for hit in search([LOADED_INDEX], question, None, 3))


def test_question_that_the_text_answers_is_answered() -> None:
    assert is_answered("Where does the walrus dive for clams?")
    assert is_answered("When is the rent due?")
    assert is_answered("Why does bread rise?")


def test_question_that_the_text_does_not_answer_is_refused() -> None:
    assert not is_answered("Who won the football championship in 1998?")
    assert not is_answered("How far does a walrus swim when storms break up the northern coastline?")


def test_named_page_is_relevant_whatever_it_says() -> None:
    assert is_answered("What is on page 4?")


def test_what_the_reader_says_outweighs_words() -> None:
    hit = Hit(LOADED_INDEX.passages[0], 1.0, "d", coverage=0.4)
    assert is_relevant(hit)
    assert not is_relevant(replace(hit, reading=Reading(MIN_RELEVANCE - 0.1)))
    assert is_relevant(replace(hit, coverage=0.0, reading=Reading(MIN_RELEVANCE + 0.1)))


def test_document_that_was_not_asked_needs_more_evidence() -> None:
    hit = Hit(LOADED_INDEX.passages[0], 1.0, "d", coverage=0.5)
    assert is_relevant(hit) and not is_certain(hit)
    assert is_certain(replace(hit, coverage=0.6))
    assert is_certain(replace(hit, reading=Reading(CERTAIN_RELEVANCE)))
    named = replace(hit, coverage=0.0, named=True)
    assert is_relevant(named) and not is_certain(named)
