"""Measures which questions are refused when half of the paragraphs are removed from the text."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from processing.retrieval.ranking.relevance import is_relevant
from processing.types import Hit
from tests.eval.product import Product, open_text
from tests.eval.xquad import Reading

SEED = 20
SHOWN = 3
# The shares of answered questions that may be refused wrongly, for which the curve is drawn.
WRONGLY = (0.02, 0.05, 0.08, 0.1, 0.15)
Point = dict[str, float]


@dataclass(frozen=True, slots=True)
class Trial:
    """A question, whether the paragraph with its answer was kept in the text, and the passages found."""

    question: str
    kept: bool
    hits: list[Hit]

    @property
    def relevance(self) -> float:
        """The highest relevance of a passage."""
        return max((hit.reading.relevance for hit in self.hits if hit.reading), default=-np.inf)


def try_refusals(reading: Reading, product: Product, limit: int = SHOWN) -> list[Trial]:
    """Search for all questions in a random half of the paragraphs, drawn with a fixed seed."""
    numbers = range(len(reading.paragraphs))
    kept = sorted(random.Random(SEED).sample(numbers, len(numbers) // 2))
    loaded_index = open_text(reading.join(kept), product.embedder)
    return [
        Trial(asked.question, asked.paragraph in kept, product.find(loaded_index, asked.question, limit))
        for asked in reading.asked
    ]


def measure_refusals(trials: Sequence[Trial]) -> Point:
    """The share of refused questions among the removed (``refused``, rightly) and the kept (``wrongly``)."""
    return share([any(is_relevant(hit) for hit in trial.hits) for trial in trials], trials)


def draw_curve(trials: Sequence[Trial]) -> list[Point]:
    """The same shares for thresholds at which ``WRONGLY`` of the kept questions are refused."""
    kept = [trial.relevance for trial in trials if trial.kept]
    return [
        {"least": least, **share([trial.relevance >= least for trial in trials], trials)}
        for least in (float(np.quantile(kept, wrongly)) for wrongly in WRONGLY)
    ]


def share(answered: Sequence[bool], trials: Sequence[Trial]) -> Point:
    kept = [given for given, trial in zip(answered, trials, strict=True) if trial.kept]
    removed = [given for given, trial in zip(answered, trials, strict=True) if not trial.kept]
    return {"refused": 1 - sum(removed) / len(removed), "wrongly": 1 - sum(kept) / len(kept)}
