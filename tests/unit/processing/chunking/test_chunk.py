"""Passages are as long as their language allows and, where the model knows it, within what the model reads."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from processing.archive.frames import Label, draw_qr, make_payload
from processing.chunking.chunk import cut_document
from processing.types import Page
from tests.alike import EmbedsAlike

ENGLISH = "The walrus is an animal of the sea and it dives for clams that are on the floor of it. "
RUSSIAN = "Морж живёт в холодном море и ныряет за моллюсками, которые лежат на самом дне. "
HINDI = "दिल्ली भारत की राजधानी है और यमुना नदी के किनारे बसी हुई एक बहुत पुरानी नगरी है। "
CHINESE = "北京是中华人民共和国的首都，有三千多年的建城历史，也是全国的文化中心。"
THAI = "กรุงเทพมหานครเป็นเมืองหลวงของประเทศไทย "


class LetterEmbedder(EmbedsAlike):
    """A ``ports.Embedder`` that takes every letter for a token, as MiniLM does in other scripts."""

    dimension, max_tokens = 1, 256

    def __init__(self, model: str) -> None:
        self.model = model

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.ones((len(texts), 1), np.float32)

    def count_tokens(self, text: str) -> int:
        return len(text) + 2

    def warm_up(self) -> None: ...


def list_lengths(model: str, sentence: str) -> list[int]:
    passages = cut_document(LetterEmbedder(model), [Page(1, sentence * 60)])
    return [len(passage.text) for passage in passages][:-1]


@pytest.mark.parametrize("sentence", [RUSSIAN, HINDI, THAI])
def test_a_model_that_does_not_know_the_language_does_not_shorten_passages(sentence: str) -> None:
    lengths = list_lengths("all-MiniLM-L6-v2", sentence)
    assert lengths and all(600 < length <= 1200 for length in lengths)


def test_a_model_that_knows_the_language_reads_every_passage_whole() -> None:
    assert max(list_lengths("all-MiniLM-L6-v2", ENGLISH)) <= 254
    assert max(list_lengths("paraphrase-multilingual-MiniLM-L12-v2", RUSSIAN)) <= 254


def test_chinese_passages_have_fewer_characters() -> None:
    lengths = list_lengths("all-MiniLM-L6-v2", CHINESE)
    assert lengths and all(200 < length <= 480 for length in lengths)


class StrictEmbedder(LetterEmbedder):
    """Refuses texts that would stop all other threads while their tokens are counted."""

    def count_tokens(self, text: str) -> int:
        assert len(text) <= 2000
        return len(text) // 4


@pytest.mark.parametrize(
    "text", [",;" * 200_000, "word " * 80_000, "x" * 300_000, "a" + "\u0301" * 5000, "中" * 90_000]
)
def test_an_endless_line_is_cut_before_its_tokens_are_counted(text: str) -> None:
    passages = list(cut_document(StrictEmbedder("all-MiniLM-L6-v2"), [Page(1, ENGLISH), Page(2, text)]))
    found = "".join(passage.text for passage in passages if passage.first_page == 2)
    assert found.replace(" ", "") == text.replace(" ", "")


def test_no_word_of_a_long_line_is_cut() -> None:
    words = [f"word{number:05}" for number in range(10_000)]
    passages = cut_document(StrictEmbedder("all-MiniLM-L6-v2"), [Page(1, " ".join(words))])
    assert [word for passage in passages for word in passage.text.split()] == words


@pytest.mark.parametrize("seed", range(4))
def test_text_that_compresses_worst_still_fits_its_code(seed: int) -> None:
    """Random characters of several bytes compress worst."""
    characters = np.random.default_rng(seed).integers(0x4E00, 0x9FFF, 5000)
    letters = np.random.default_rng(seed).integers(0x0905, 0x0939, 5000)
    text = "".join(chr(one) + chr(other) for one, other in zip(characters, letters, strict=True))
    for passage in cut_document(LetterEmbedder("all-MiniLM-L6-v2"), [Page(1, text)]):
        assert draw_qr(make_payload(passage, Label("x" * 100, 10**6, "m" * 50)), None).size


def test_no_text_is_lost_after_the_first_pages() -> None:
    pages = [Page(number, f"Page {number} is about the walrus. " + RUSSIAN * 40) for number in range(1, 30)]
    passages = list(cut_document(LetterEmbedder("all-MiniLM-L6-v2"), pages))
    assert "".join("".join(p.text for p in passages).split()) == "".join("".join(p.text for p in pages).split())
    assert passages[-1].last_page == 29
