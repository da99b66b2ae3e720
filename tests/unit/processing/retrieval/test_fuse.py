"""Two opinions become one."""

from __future__ import annotations

import numpy as np
import pytest

from processing.retrieval.fuse import fuse, standardise

NONE = float("nan")


def make_scores(*values: float) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    return np.array(values, np.float32)


def test_meaning_decides_between_equal_words() -> None:
    fused = fuse(make_scores(2, 2, 0), make_scores(0.1, 0.7, 0.1))
    assert int(fused.argmax()) == 1


def test_words_alone_decide_where_nothing_was_judged() -> None:
    lexical = make_scores(1, 3, 0)
    np.testing.assert_allclose(fuse(lexical, make_scores(NONE, NONE, NONE)), standardise(lexical))


def test_unjudged_passages_keep_their_place_by_words() -> None:
    fused = fuse(make_scores(5, 1, 1, 0), make_scores(NONE, 0.8, 0.1, NONE))
    assert list(np.argsort(-fused)) == [0, 1, 2, 3]


@pytest.mark.parametrize("values", [(), (3.0,), (2.0, 2.0)])
def test_alike_scores_say_nothing(values: tuple[float, ...]) -> None:
    assert not standardise(make_scores(*values)).any()
