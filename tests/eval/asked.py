"""Measures answers to questions as people ask them, over documents of daily life (benchmarks/questions)."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from processing.retrieval.ranking.relevance import is_relevant
from processing.types import Hit
from tests.eval.product import Product, open_text

SHOWN = 3
# The share of questions with an answer that may be refused, for the comparison of refusals.
WRONGLY = 0.08
ROUNDS, SEED = 1000, 7
# A sentence that is cut otherwise counts as right if it has this length at least and is a part of the answering one.
SHORTEST = 20


@dataclass(frozen=True, slots=True)
class Result:
    """What was found for a question; ``rank`` counts from 1 and is None without a right passage among the shown."""

    document: str
    across: bool
    answerable: bool
    rank: int | None
    sentence: bool
    relevance: float
    affirmed: bool


def ask_all(path: Path, product: Product) -> list[Result]:
    """Put each question of the file to its document."""
    results = []
    for line in path.read_text(encoding="utf-8").splitlines():
        document = json.loads(line)
        loaded_index = open_text(document["text"], product.embedder)
        for asked in document["questions"]:
            hits = product.find(loaded_index, asked["q"], SHOWN)
            results.append(judge(document, asked, hits))
    return results


def judge(document: dict[str, str], asked: dict[str, str], hits: Sequence[Hit]) -> Result:
    across = asked.get("lang", document["lang"]) != document["lang"]
    relevance = max((hit.reading.relevance for hit in hits if hit.reading), default=-np.inf)
    affirmed = any(is_relevant(hit) for hit in hits)
    answer, sentence = asked.get("answer"), asked.get("sentence") or ""
    if answer is None:
        return Result(document["id"], across, False, None, False, relevance, affirmed)
    wanted = flatten(sentence)
    ranks = [rank for rank, hit in enumerate(hits, 1) if wanted in flatten(hit.passage.text)]
    return Result(
        document["id"],
        across,
        True,
        ranks[0] if ranks else None,
        bool(hits) and shows(hits[0], answer, wanted),
        relevance,
        affirmed,
    )


def shows(hit: Hit, answer: str, wanted: str) -> bool:
    """Return whether the marked sentence of the passage holds the answer, or is a part of the answering sentence."""
    start, end = hit.reading.sentence if hit.reading else (0, 0)
    marked = flatten(hit.passage.text[start:end])
    return flatten(answer) in marked or (len(marked) >= SHORTEST and marked in wanted)


def flatten(text: str) -> str:
    return " ".join(text.split())


def summarise(results: Sequence[Result]) -> dict[str, float]:
    """The figures as shares, and their intervals of 95 %, made by drawing documents again and again."""
    figures = measure(results)
    by_document: dict[str, list[Result]] = {}
    for result in results:
        by_document.setdefault(result.document, []).append(result)
    dice, groups = random.Random(SEED), list(by_document.values())
    drawn = [measure([one for group in dice.choices(groups, k=len(groups)) for one in group]) for _ in range(ROUNDS)]
    for name in list(figures):
        low, high = np.nanquantile([each.get(name, np.nan) for each in drawn], (0.025, 0.975))
        figures |= {f"{name} from": float(low), f"{name} to": float(high)}
    return figures


def measure(results: Sequence[Result]) -> dict[str, float]:
    figures: dict[str, float] = {}
    for name, across in (("same", False), ("across", True)):
        some = [result for result in results if result.answerable and result.across == across]
        if some:
            figures[f"{name} first"] = sum(result.rank == 1 for result in some) / len(some)
            figures[f"{name} in three"] = sum(result.rank is not None for result in some) / len(some)
    present = [result for result in results if result.answerable]
    absent = [result for result in results if not result.answerable]
    figures["sentence right"] = sum(result.sentence for result in present) / len(present)
    figures["affirmed"] = sum(result.affirmed for result in present) / len(present)
    if absent:
        there, missing = (np.array([result.relevance for result in some]) for some in (present, absent))
        figures["absent affirmed"] = sum(result.affirmed for result in absent) / len(absent)
        figures["absent refused at 8 %"] = float((missing < np.quantile(there, WRONGLY)).mean())
        figures["AUC"] = float((there[:, None] > missing).mean() + (there[:, None] == missing).mean() / 2)
    return figures
