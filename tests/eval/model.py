"""Puts questions to a language model, with the passages that the product would give it, and judges its answers."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from errors import ModelUnavailable, PromptTooLong
from processing.ports import LanguageModel
from processing.questions.generation.prompt import INSTRUCTIONS, write_prompt
from processing.questions.generation.reply import read_reply
from processing.questions.generation.verify_citations import check_reply
from processing.types import Quote, Usage
from tests.eval.refusals import SEED, Trial

GIVEN = 6


class Result(StrEnum):
    """How a question ended. ``GROUNDED`` answers have a verified citation; ``FAILED`` is the model's failure."""

    REFUSED = "refused"
    GROUNDED = "grounded"
    UNGROUNDED = "ungrounded"
    FAILED = "failed"


@dataclass
class Outcome:
    """Results of questions whose paragraph was kept in the text or removed, and the tokens that all of them took."""

    kept: list[Result] = field(default_factory=list)
    removed: list[Result] = field(default_factory=list)
    tokens_in: int = 0
    tokens_out: int = 0

    def summarise(self) -> dict[str, float]:
        """The share of each result among the kept and the removed questions, failures left out, and the totals."""
        shares = {
            f"{result} {name}": results.count(result) / max(1, len(results) - results.count(Result.FAILED))
            for name, results in (("kept", self.kept), ("removed", self.removed))
            for result in (Result.REFUSED, Result.GROUNDED, Result.UNGROUNDED)
        }
        failed = self.kept.count(Result.FAILED) + self.removed.count(Result.FAILED)
        return shares | {"failed": failed, "tokens in": self.tokens_in, "tokens out": self.tokens_out}


def choose_trials(trials: Sequence[Trial], limit: int) -> list[Trial]:
    """At most ``limit`` trials, drawn at random with a fixed seed, half of them with their paragraph removed."""
    dice = random.Random(SEED)
    kinds = [[trial for trial in trials if trial.kept == kept] for kept in (True, False)]
    return [trial for kind in kinds for trial in dice.sample(kind, min(limit // 2, len(kind)))]


def ask_model(model: LanguageModel, trials: Sequence[Trial]) -> Outcome:
    outcome = Outcome()
    for trial in trials:
        usage = Usage()
        result = ask_one(model, trial, usage)
        (outcome.kept if trial.kept else outcome.removed).append(result)
        if result is not Result.FAILED:
            outcome.tokens_in += usage.tokens_in
            outcome.tokens_out += usage.tokens_out
    return outcome


def ask_one(model: LanguageModel, trial: Trial, usage: Usage) -> Result:
    """As in the product, the model is not asked if no passage was found."""
    quotes = [Quote("text", "text", 1, 1, hit.passage.text) for hit in trial.hits]
    if not quotes:
        return Result.REFUSED
    try:
        reply = read_reply("".join(model.stream(INSTRUCTIONS, write_prompt(trial.question, quotes), usage)))
    except (ModelUnavailable, PromptTooLong):
        return Result.FAILED
    if reply.refused:
        return Result.REFUSED
    text, cited = check_reply(reply, quotes)
    if not any(map(str.isalnum, text)):
        return Result.FAILED
    return Result.GROUNDED if any(quote.verified for quote in cited) else Result.UNGROUNDED
