"""Scores by words and by meaning are combined."""

from __future__ import annotations

import numpy as np
import pytest

from processing.retrieval.ranking.fuse import WITHIN, fuse, standardise

NONE = float("nan")


def make_scores(*values: float) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    return np.array(values, np.float32)


def fuse_equally(
    lexical: np.ndarray[tuple[int], np.dtype[np.float32]], dense: np.ndarray[tuple[int], np.dtype[np.float32]]
) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    fused: np.ndarray[tuple[int], np.dtype[np.float32]] = fuse(lexical, dense, np.full(len(dense), WITHIN))
    return fused


def test_across_languages_meaning_weighs_more() -> None:
    lexical, dense = make_scores(3, 0, 0, 0), make_scores(0.1, 0.9, 0.1, 0.2)
    assert int(fuse(lexical, dense, np.full(4, 0.2)).argmax()) == 0
    assert int(fuse(lexical, dense, np.full(4, 0.9)).argmax()) == 1


def test_meaning_decides_between_passages_with_equal_words() -> None:
    fused = fuse_equally(make_scores(2, 2, 0), make_scores(0.1, 0.7, 0.1))
    assert int(fused.argmax()) == 1


def test_words_alone_decide_without_vectors() -> None:
    lexical = make_scores(1, 3, 0)
    np.testing.assert_allclose(fuse_equally(lexical, make_scores(NONE, NONE, NONE)), standardise(lexical))


def test_passage_without_vector_keeps_its_rank_by_words() -> None:
    fused = fuse_equally(make_scores(5, 1, 1, 0), make_scores(NONE, 0.8, 0.1, NONE))
    assert list(np.argsort(-fused)) == [0, 1, 2, 3]


@pytest.mark.parametrize("values", [(), (3.0,), (2.0, 2.0)])
def test_equal_scores_become_zero(values: tuple[float, ...]) -> None:
    assert not standardise(make_scores(*values)).any()
