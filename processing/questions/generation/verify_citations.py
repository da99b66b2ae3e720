"""Checks that the words a model quotes stand in the passage it cites."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from processing.questions.generation.reply import CITED, Reply
from processing.text.matching import find_words
from processing.types import Quote


def check_reply(reply: Reply, quotes: Sequence[Quote]) -> tuple[str, tuple[Quote, ...]]:
    """The reply's text with its citations renumbered from 1 in their order, and the cited passages, each checked.

    ``[n]`` in the reply is the n-th of ``quotes``; numbers without a quote are removed from the text.
    """
    cited = list(dict.fromkeys(number for number in reply.list_numbers() if 1 <= number <= len(quotes)))
    renumbered = {number: position for position, number in enumerate(cited, 1)}
    text = CITED.sub(lambda match: renumber(match, renumbered), reply.text)
    return text.strip(), tuple(check_quote(quotes[number - 1], reply.words.get(number, ())) for number in cited)


def renumber(match: re.Match[str], renumbered: dict[int, int]) -> str:
    """``[3, 7]`` becomes ``[1][2]``. If no number is left, the space before the brackets goes as well."""
    numbers = [renumbered[int(number)] for number in re.findall(r"\d+", match["numbers"]) if int(number) in renumbered]
    return match["space"] + "".join(f"[{number}]" for number in numbers) if numbers else ""


def check_quote(quote: Quote, words: Sequence[str]) -> Quote:
    """The quote with the first of the model's words as its mark; not verified unless all of them stand in it."""
    spans = [find_words(quoted, quote.text) for quoted in words]
    found = [span for span in spans if span is not None]
    if not found or len(found) < len(spans):
        return replace(quote, mark=(0, 0), verified=False)
    return replace(quote, mark=found[0], verified=True)
