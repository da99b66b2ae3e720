"""Checks that the words a model relies on stand in the passage it names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from processing.questions.generation.reply import CITED, Reply
from processing.text.matching import find_words
from processing.types import Quote


def check_reply(reply: Reply, quotes: Sequence[Quote]) -> tuple[str, tuple[Quote, ...]]:
    """The text with its citations numbered from 1 as they come, and the passages cited, each checked.

    Numbers that were never given are dropped from the text.
    """
    cited = list(dict.fromkeys(number for number in reply.list_numbers() if 1 <= number <= len(quotes)))
    renumbered = {number: place for place, number in enumerate(cited, 1)}
    text = CITED.sub(lambda match: renumber(match, renumbered), reply.text)
    return text.strip(), tuple(check_quote(quotes[number - 1], reply.words.get(number, ())) for number in cited)


def renumber(match: re.Match[str], renumbered: dict[int, int]) -> str:
    """``[3, 7]`` becomes ``[1][2]``; what is left of nothing takes the space before it along."""
    numbers = [renumbered[int(number)] for number in re.findall(r"\d+", match["numbers"]) if int(number) in renumbered]
    return match["space"] + "".join(f"[{number}]" for number in numbers) if numbers else ""


def check_quote(quote: Quote, words: Sequence[str]) -> Quote:
    """The quote with the model's words marked in it, or marked as not verified."""
    found = [find_words(given, quote.text) for given in words]
    whole = [place for place in found if place is not None]
    if not whole or len(whole) < len(found):
        return replace(quote, mark=(0, 0), verified=False)
    return replace(quote, mark=whole[0], verified=True)
