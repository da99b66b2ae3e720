"""Texts are cut into the pieces of the model's vocabulary, whatever characters they have."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processing.transformer.pieces import Pieces, normalise
from processing.transformer.shared import get_pieces

WORDS = 250_002


@pytest.fixture(scope="module")
def pieces() -> Pieces:
    return get_pieces()


# Ids of the vocabulary of XLM-RoBERTa, which e5 shares.
@pytest.mark.parametrize(("text", "ids"), [("Hello world", [35378, 8999]), ("Hello, world!", [35378, 4, 8999, 38])])
def test_pieces_have_the_ids_of_the_vocabulary(pieces: Pieces, text: str, ids: list[int]) -> None:
    assert pieces.list_ids(text) == ids


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("tabs\tand\nbreaks\r\n  and\u00a0spaces \u200b\ufeff", "tabs and breaks and spaces"),
        ("ＦＵＬＬ ﬁ ½", "FULL fi 1\u20442"),
        ("e\u0301", "é"),
        ("a\0b\x07c", "abc"),
        (" \n\t ", ""),
    ],
)
def test_texts_are_normalised(text: str, normal: str) -> None:
    assert normalise(text) == normal


def test_no_more_pieces_than_wanted(pieces: Pieces) -> None:
    assert pieces.list_ids("one two three", 2) == pieces.list_ids("one two three")[:2]
    assert pieces.list_ids("one two three", 0) == []


def test_special_pieces_cannot_be_written(pieces: Pieces) -> None:
    special = {pieces.special.begin, pieces.special.end, pieces.special.gap}
    assert not special & set(pieces.list_ids("<s> text </s> <pad>"))


@given(st.text(max_size=200))
def test_every_text_is_cut_into_pieces_that_exist(text: str) -> None:
    found = get_pieces().list_ids(text)
    assert all(0 <= number < WORDS for number in found)
    assert len(found) == get_pieces().count(text)
