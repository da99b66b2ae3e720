"""Who asks what the documents don't say is told so; who names a place is shown it."""

from __future__ import annotations

from dataclasses import replace

from processing.retrieval.lexical import build_lexical
from processing.retrieval.relevance import is_certain, is_relevant
from processing.retrieval.search import LoadedIndex, search
from processing.types import Hit, Passage

TEXTS = (
    "The walrus rests on drifting ice and dives for clams on the floor of the sea.",
    "A compiler translates a program into machine code that the processor can run.",
    "The rent is due on the first of the month and the keys are returned within three days.",
    "Bread rises because the yeast in it breathes out gas that the dough holds back.",
)
VOLUME = LoadedIndex("d", "d", [Passage(n, text, n + 1, n + 1) for n, text in enumerate(TEXTS)], build_lexical(TEXTS))


def is_answered(question: str) -> bool:
    return any(is_relevant(hit) for hit in search([VOLUME], question, None, 3))


def test_what_stands_there_is_answered() -> None:
    assert is_answered("Where does the walrus dive for clams?")
    assert is_answered("When is the rent due?")
    assert is_answered("Why does bread rise?")


def test_what_does_not_stand_there_is_refused() -> None:
    assert not is_answered("Who won the football championship in 1998?")
    assert not is_answered("How far does a walrus swim when storms break up the northern coastline?")


def test_a_named_page_is_shown_whatever_it_says() -> None:
    assert is_answered("What is on page 4?")


def test_near_meaning_needs_no_words() -> None:
    hit = Hit(VOLUME.passages[0], 1.0, "d")
    assert not is_relevant(hit)
    assert is_relevant(replace(hit, likeness=0.8))


def test_a_far_meaning_speaks_against_words_that_are_there_by_chance() -> None:
    hit = Hit(VOLUME.passages[0], 1.0, "d", coverage=0.4)
    assert is_relevant(hit)
    assert not is_relevant(replace(hit, likeness=0.3))


def test_a_meaning_rather_near_helps_words_that_are_few() -> None:
    hit = Hit(VOLUME.passages[0], 1.0, "d", coverage=0.35)
    assert not is_relevant(hit)
    assert is_relevant(replace(hit, likeness=0.68))


def test_a_document_that_nobody_asked_must_be_surer() -> None:
    hit = Hit(VOLUME.passages[0], 1.0, "d", coverage=0.5)
    assert is_relevant(hit) and not is_certain(hit)
    assert is_certain(replace(hit, coverage=0.6))
    named = replace(hit, coverage=0.0, named=True)
    assert is_relevant(named) and not is_certain(named)
