"""Two opinions become one by their values: ranks alone lose to words alone (docs/decisions/0005)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]


def fuse(lexical: Scores, dense: Scores) -> Scores:
    """Mean of the z-scores, shape (passages,); ``dense`` is NaN for passages that only words can judge.

    Those keep the z-score of their words, so that a document still being filmed stands beside a finished one.
    """
    judged = ~np.isnan(dense)
    fused = standardise(lexical)
    fused[judged] = (fused[judged] + standardise(dense[judged])) / 2
    return fused


def standardise(scores: Scores) -> Scores:
    """z-scores; all zero where all are alike."""
    spread = float(scores.std()) if scores.size else 0.0
    return np.asarray((scores - scores.mean()) / spread if spread > 0 else np.zeros_like(scores), np.float32)
