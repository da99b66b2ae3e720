"""Sketches find the documents that fit a question, and leave out none that holds the words of a query."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest

from processing.questions.find import iterate_holders
from processing.retrieval.corpus.choose import choose_documents
from processing.retrieval.corpus.corpus import Corpus, build_corpus
from processing.retrieval.corpus.sketch import BLOCK, Sketch, read_sketch, sketch_meaning, sketch_words
from processing.retrieval.lexical import build_lexical
from processing.retrieval.search import LoadedIndex
from processing.types import Passage
from tests.alike import EmbedsAlike

LIBRARY: dict[str, Sequence[str]] = {
    "english": ("Walruses dive for clams at night.", "Their tusks grow all their lives, says J.-P. O'Neill."),
    "italian": ("Il caffè è già freddo.", "I trichechi si immergono perché hanno fame."),
    "german": ("Das Bundesverfassungsgericht entscheidet über die Verfassungsbeschwerde.",),
    "french": ("L'élève a mangé; les élèves mangèrent ½ tarte.",),
    "unspaced": ("海象在晚上潜水寻找蛤蜊。它们的牙齿一生都在生长。",),
    "vietnamese": ("Hải mã lặn tìm trai vào ban đêm.",),
}
QUERIES = (
    "walrus", "WALRUSES dive", '"clams at night"', "tusks grew", "O'Neill", "caffe", "caffè", "tricheco", "perche",
    "Verfassungsgericht", "verfassungsbeschwerden", "eleve", "élèves", "1⁄2", "½", "海象", '"潜水寻找"', "蛤", "hai ma",
    "hải mã", "night walrus", "nothing of this",
)  # fmt: skip


def open_text(number: int, texts: Sequence[str], language: str) -> LoadedIndex:
    passages = [Passage(index, text, index + 1, index + 1) for index, text in enumerate(texts)]
    return LoadedIndex(str(number), "book", passages, build_lexical(texts, language))


def make_sketch(texts: Sequence[str], language: str = "english", meaning: Sequence[float] = ()) -> Sketch:
    vectors = np.array([meaning] * len(texts), np.float32)
    return read_sketch(sketch_words(texts, language), sketch_meaning(vectors) if meaning else None)


@pytest.mark.parametrize("query", QUERIES)
def test_document_that_holds_the_words_is_never_left_out(query: str) -> None:
    loaded = [open_text(number, texts, language) for number, (language, texts) in enumerate(LIBRARY.items())]
    corpus = build_corpus([make_sketch(texts, language) for language, texts in LIBRARY.items()])
    holders = [bool(list(iterate_holders(each, query))) for each in loaded]
    mask = corpus.mask_holders(query)
    assert [may_hold for may_hold, holds in zip(mask, holders, strict=True) if holds] == [True] * sum(holders)


def test_most_documents_without_the_words_are_left_out() -> None:
    corpus = build_corpus([make_sketch(texts, language) for language, texts in LIBRARY.items()])
    assert corpus.mask_holders("walrus").tolist() == [True, *[False] * 5]
    assert corpus.mask_holders("walrus caffè").tolist() == [False] * 6


def test_sketches_come_back_from_the_corpus_as_they_were() -> None:
    made = [make_sketch(["one two"] * (BLOCK + 1), meaning=(0.6, 0.8)), make_sketch(["three"], "italian")]
    corpus = build_corpus(made)
    again = build_corpus(corpus.list_sketches())
    for name in Corpus.__slots__:
        assert np.array_equal(getattr(corpus, name), getattr(again, name)), name


def test_best_documents_are_chosen_by_words_and_by_meaning() -> None:
    sketches = [make_sketch([f"Filler number {number} about ships."], meaning=(1.0, 0.0)) for number in range(50)]
    sketches[7] = make_sketch(["Walruses dive for clams."], meaning=(1.0, 0.0))
    sketches[9] = make_sketch(["Great animals of the north."], meaning=(0.0, 1.0))
    chosen = choose_documents(build_corpus(sketches), "How deep do walruses dive for their clams?", Pointing(), 5)
    assert len(chosen) == 5 and {7, 9} <= set(chosen)


def test_question_without_an_embedder_is_compared_by_words() -> None:
    sketches = [make_sketch([f"Filler number {number}."]) for number in range(50)] + [make_sketch(["Walruses dive."])]
    assert choose_documents(build_corpus(sketches), "Do walruses dive?", None, 3)[0] == 50


def test_long_document_does_not_win_by_its_length_alone() -> None:
    words = "walrus clam tusk ice seal".split()
    long = [f"{words[number % 5]} {' '.join(f'word{number}x{other}' for other in range(20))}" for number in range(200)]
    corpus = build_corpus([make_sketch(long), make_sketch(["A walrus with one tusk eats a clam on the ice."])])
    scores = corpus.score_words("Which walrus eats a clam with its tusk on the ice?")
    assert Counter({0: scores[0], 1: scores[1]}).most_common(1)[0][0] == 1


class Pointing(EmbedsAlike):
    """An embedder for which every text means the same."""

    model, dimension, max_tokens = "all-MiniLM-L6-v2", 2, 256

    def embed(self, texts: Sequence[str]) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        return np.array([[0.0, 1.0]] * len(texts), np.float32)

    def warm_up(self) -> None: ...

    def count_tokens(self, text: str) -> int:
        return len(text.split())
