"""Found passages are put into the order in which the reader finds that they answer."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from processing.retrieval.ranking.rerank import READ, rerank
from processing.types import Hit, Passage, Reading

TEXT = "Dogs are welcome. The fee is 12 euros. Bring a towel."
SENTENCES = ((0, 17), (18, 38), (39, 53))


class ScriptedReader:
    """Reads with the relevances given by text, at most ``most`` texts at a time."""

    def __init__(self, relevances: dict[str, float], most: int = 100) -> None:
        self.relevances, self.most = relevances, most

    def read(self, _question: str, texts: Sequence[str]) -> list[Reading]:
        return [self._read(text) for text in texts[: self.most]]

    def warm_up(self) -> None: ...

    def _read(self, text: str) -> Reading:
        within = [TEXT[start:end] for start, end in SENTENCES] if text == TEXT else []
        return Reading(self.relevances.get(text, 0.0), SENTENCES[: len(within)], [0.0, -1.0, -2.0][: len(within)])


def make_hits(*texts: str, named: int | None = None) -> list[Hit]:
    return [
        Hit(Passage(number, text, 1, 1), -float(number), named=number == named) for number, text in enumerate(texts)
    ]


def list_texts(hits: Sequence[Hit]) -> list[str]:
    return [hit.passage.text for hit in hits]


def test_the_most_relevant_passage_comes_first() -> None:
    assert list_texts(rerank(make_hits("a", "b", "c"), "?", ScriptedReader({"c": 9.0}))) == ["c", "a", "b"]


def test_a_named_passage_stays_first() -> None:
    assert list_texts(rerank(make_hits("a", "b", "c", named=1), "?", ScriptedReader({"c": 9.0}))) == ["b", "c", "a"]


def test_passages_that_were_not_read_keep_their_order_behind_the_others() -> None:
    texts = [str(number) for number in range(READ + 3)]
    reranked = rerank(make_hits(*texts), "?", ScriptedReader({"3": 20.0, "4": 10.0}, most=4))
    assert list_texts(reranked) == ["3", "0", "1", "2", *texts[4:]]
    assert [hit.reading is None for hit in reranked] == [False] * 4 + [True] * (READ - 1)


@pytest.mark.parametrize(("most", "marked"), [(100, 1), (1, 0)])
def test_the_sentences_of_the_best_passage_are_read_by_themselves(most: int, marked: int) -> None:
    reader = ScriptedReader({TEXT[18:38]: 5.0}, most)
    [hit] = rerank(make_hits(TEXT), "How much is it?", reader)
    assert hit.reading and hit.reading.sentence == SENTENCES[marked]


def test_nothing_found_is_nothing_read() -> None:
    assert rerank([], "?", ScriptedReader({})) == []
