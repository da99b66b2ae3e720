"""Measures which questions are refused when half of the paragraphs are removed from the text."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from processing.ports import Embedder
from processing.retrieval.relevance import is_relevant, measure_evidence
from processing.retrieval.search import search
from processing.types import Hit
from tests.eval.product import open_text
from tests.eval.xquad import Reading

SEED = 20
SHOWN = 3
STEPS = [step / 20 for step in range(2, 15)]
Point = dict[str, float]


@dataclass(frozen=True, slots=True)
class Trial:
    """A question, whether the paragraph with its answer was kept in the text, and the passages found."""

    question: str
    kept: bool
    hits: list[Hit]


def try_refusals(reading: Reading, embedder: Embedder, limit: int = SHOWN) -> list[Trial]:
    """Search for all questions in a random half of the paragraphs, drawn with a fixed seed."""
    numbers = range(len(reading.paragraphs))
    kept = sorted(random.Random(SEED).sample(numbers, len(numbers) // 2))
    loaded_index = open_text(reading.join(kept), embedder)
    return [
        Trial(asked.question, asked.paragraph in kept, search([loaded_index], asked.question, embedder, limit))
        for asked in reading.asked
    ]


def measure_refusals(trials: Sequence[Trial]) -> Point:
    """The share of refused questions among the removed (``refused``, rightly) and the kept (``wrongly``)."""
    return share([any(is_relevant(hit) for hit in trial.hits) for trial in trials], trials)


def draw_curve(trials: Sequence[Trial]) -> list[Point]:
    """The same shares for each of ``STEPS`` as the only condition: the least evidence that counts as an answer."""
    return [
        {
            "least": least,
            **share([any(measure_evidence(hit) >= least for hit in trial.hits) for trial in trials], trials),
        }
        for least in STEPS
    ]


def share(answered: Sequence[bool], trials: Sequence[Trial]) -> Point:
    kept = [given for given, trial in zip(answered, trials, strict=True) if trial.kept]
    removed = [given for given, trial in zip(answered, trials, strict=True) if not trial.kept]
    return {"refused": 1 - sum(removed) / len(removed), "wrongly": 1 - sum(kept) / len(kept)}
