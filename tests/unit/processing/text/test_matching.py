"""Words are found in any layout of a text, and only as whole words and numbers."""

from __future__ import annotations

import pytest

from processing.text.matching import find_words

PAGE = (
    "The Anglo-Saxon chronicle says that the ﬁrst computer filled a room at −5 degrees; it weighed 13.5 tons. "
    "“Never again,” wrote Müller, “shall we carry it.”"
)


@pytest.mark.parametrize(
    "words",
    [
        "the first computer filled a room",
        "THE FIRST COM-\nPUTER filled  a room",
        "the anglo saxon chronicle",
        '"Never again," wrote Mu\u0308ller, "shall we',
        "filled a room at -5 degrees",
        "weighed 13.5 tons",
        "the first computer … weighed 13.5 tons",
        "the first computer [...] shall we carry it",
    ],
)
def test_words_in_the_text_are_found_whatever_the_layout(words: str) -> None:
    span = find_words(words, PAGE)
    assert span is not None
    assert PAGE[span[0]].isalnum() or PAGE[span[0]] in "−"


@pytest.mark.parametrize(
    "words",
    [
        "the second computer filled a room",
        "filled a room at 15 degrees",
        "5 degrees; it weighed",
        "weighed 135 tons",
        "weighed 3.5 tons",
        "weighed 13.5 tons … the first computer",
        "omputer filled a room",
        "the first computer filled a roo",
        "the",
        "",
        "…",
    ],
)
def test_words_that_are_not_in_the_text_are_not_found(words: str) -> None:
    assert find_words(words, PAGE) is None


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("大熊猫吃竹子", "在四川，大熊猫吃竹子为生。"),
        ("हिन्दी भाषा", "यह हिन्दी भाषा है"),
        ("Straße ist gesperrt", "Die STRASSE ist gesperrt."),
        ("перевод книги", "Это перевод\nкниги."),
    ],
)
def test_words_in_other_scripts_are_found(words: str, text: str) -> None:
    assert find_words(words, text) is not None


def test_span_covers_the_words() -> None:
    span = find_words("ﬁrst com­puter", PAGE)
    assert span is not None and PAGE[slice(*span)] == "ﬁrst computer"
