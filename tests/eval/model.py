"""The same questions to a language model that is given what the product would give it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from errors import ModelUnavailable, PromptTooLong
from processing.ports import LanguageModel
from processing.questions.generation.prompt import INSTRUCTIONS, write_prompt
from processing.questions.generation.reply import read_reply
from processing.questions.generation.verify_citations import check_reply
from processing.types import Quote, Usage
from tests.eval.refusals import SEED, Trial

GIVEN = 6
REFUSED, GROUNDED, UNGROUNDED, FAILED = "refused", "grounded", "ungrounded", "failed"


@dataclass
class Outcome:
    """How questions ended whose paragraph stands in the text or was taken out, and the tokens that all took."""

    standing: list[str] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    tokens_in: int = 0
    tokens_out: int = 0

    def summarise(self) -> dict[str, float]:
        """Shares of either kind by their ends; the model's failures count against none."""
        shares = {
            f"{end} {name}": ends.count(end) / max(1, len(ends) - ends.count(FAILED))
            for name, ends in (("standing", self.standing), ("taken out", self.taken))
            for end in (REFUSED, GROUNDED, UNGROUNDED)
        }
        failed = self.standing.count(FAILED) + self.taken.count(FAILED)
        return shares | {"failed": failed, "tokens in": self.tokens_in, "tokens out": self.tokens_out}


def choose_trials(trials: Sequence[Trial], most: int) -> list[Trial]:
    """At most so many, half of them with their paragraph taken out."""
    dice = random.Random(SEED)
    kinds = [[trial for trial in trials if trial.stands == stands] for stands in (True, False)]
    return [trial for kind in kinds for trial in dice.sample(kind, min(most // 2, len(kind)))]


def ask_model(model: LanguageModel, trials: Sequence[Trial]) -> Outcome:
    outcome = Outcome()
    for trial in trials:
        usage = Usage()
        end = ask_one(model, trial, usage)
        (outcome.standing if trial.stands else outcome.taken).append(end)
        if end != FAILED:
            outcome.tokens_in += usage.tokens_in
            outcome.tokens_out += usage.tokens_out
    return outcome


def ask_one(model: LanguageModel, trial: Trial, usage: Usage) -> str:
    """How it ends; where nothing was found, the product refuses without asking."""
    quotes = [Quote("text", "text", 1, 1, hit.passage.text) for hit in trial.hits]
    if not quotes:
        return REFUSED
    try:
        reply = read_reply("".join(model.stream(INSTRUCTIONS, write_prompt(trial.question, quotes), usage)))
    except (ModelUnavailable, PromptTooLong):
        return FAILED
    if reply.refused:
        return REFUSED
    text, cited = check_reply(reply, quotes)
    if not any(map(str.isalnum, text)):
        return FAILED
    return GROUNDED if any(quote.verified for quote in cited) else UNGROUNDED
