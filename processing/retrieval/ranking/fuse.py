"""Combines the scores by words and by meaning into one.

The values are combined, not the ranks, because fused ranks find less than words alone (docs/decisions/0005).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

# The share of the meaning in a passage's score if question and passage are in the same language, and if they are not:
# words seldom agree across languages.
WITHIN, ACROSS = 0.6, 0.9
Scores = NDArray[np.float32]


def fuse(lexical: Scores, dense: Scores, shares: NDArray[np.floating[Any]]) -> Scores:
    """Return the weighted mean of both z-scores, shape (passages,). ``shares`` are the weights of ``dense``.

    ``dense`` is NaN for passages without vectors to compare. Their score is the z-score of their words alone, so that a
    document whose vectors are still being made can be compared with a finished one.
    """
    comparable = ~np.isnan(dense)
    fused = standardise(lexical)
    share = shares[comparable]
    fused[comparable] = (1 - share) * fused[comparable] + share * standardise(dense[comparable])
    return fused


def standardise(scores: Scores) -> Scores:
    """Return the z-scores: distances from the mean in standard deviations. All are 0 if all scores are equal."""
    spread = float(scores.std()) if scores.size else 0.0
    return np.asarray((scores - scores.mean()) / spread if spread > 0 else np.zeros_like(scores), np.float32)
