"""Questions to a text from which half of the paragraphs were taken: who is told that it doesn't say."""

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
    """A question whose paragraph stands in the text or was taken out, and what was found."""

    question: str
    stands: bool
    hits: list[Hit]


def try_refusals(reading: Reading, embedder: Embedder, limit: int = SHOWN) -> list[Trial]:
    """Ask all questions of a random half of the paragraphs; ``limit`` passages are found for each at most."""
    numbers = range(len(reading.paragraphs))
    kept = sorted(random.Random(SEED).sample(numbers, len(numbers) // 2))
    loaded_index = open_text(reading.join(kept), embedder)
    return [
        Trial(asked.question, asked.paragraph in kept, search([loaded_index], asked.question, embedder, limit))
        for asked in reading.asked
    ]


def measure_refusals(trials: Sequence[Trial]) -> Point:
    """Of the questions that the text no longer answers the share refused, of the others the share wrongly refused."""
    return share([any(is_relevant(hit) for hit in trial.hits) for trial in trials], trials)


def draw_curve(trials: Sequence[Trial]) -> list[Point]:
    """The same for one least evidence after the other, and nothing else to decide by."""
    return [
        {
            "least": least,
            **share([any(measure_evidence(hit) >= least for hit in trial.hits) for trial in trials], trials),
        }
        for least in STEPS
    ]


def share(answered: Sequence[bool], trials: Sequence[Trial]) -> Point:
    standing = [said for said, trial in zip(answered, trials, strict=True) if trial.stands]
    taken = [said for said, trial in zip(answered, trials, strict=True) if not trial.stands]
    return {"refused": 1 - sum(taken) / len(taken), "wrongly": 1 - sum(standing) / len(standing)}
