"""Checks that the phrases which a model quotes from a passage are really in that passage."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from processing.questions.generation.reply import CITED, Reply
from processing.text.matching import find_words
from processing.types import Quote


def check_reply(reply: Reply, quotes: Sequence[Quote]) -> tuple[str, tuple[Quote, ...]]:
    """Return the reply's text and the cited passages, each of them checked.

    ``[n]`` in the reply is the n-th of ``quotes``, in the returned text the n-th of the cited passages. Numbers without
    a quote are removed from the text.
    """
    cited = list(dict.fromkeys(number for number in reply.list_numbers() if 1 <= number <= len(quotes)))
    renumbered = {number: position for position, number in enumerate(cited, 1)}
    text = CITED.sub(lambda match: renumber(match, renumbered), reply.text)
    return text.strip(), tuple(check_quote(quotes[number - 1], reply.words.get(number, ())) for number in cited)


def renumber(match: re.Match[str], renumbered: dict[int, int]) -> str:
    """Return the citation with its new numbers: ``[3, 7]`` becomes ``[1][2]``.

    If no number is left, return an empty string, without the space before the brackets.
    """
    numbers = [renumbered[int(number)] for number in re.findall(r"\d+", match["numbers"]) if int(number) in renumbered]
    return match["space"] + "".join(f"[{number}]" for number in numbers) if numbers else ""


def check_quote(quote: Quote, phrases: Sequence[str]) -> Quote:
    """Return the quote, verified if its text holds all ``phrases`` that the model quoted, with the first one marked.

    Without phrases it is not verified.
    """
    spans = [find_words(phrase, quote.text) for phrase in phrases]
    found = [span for span in spans if span is not None]
    if not found or len(found) < len(spans):
        return replace(quote, mark=(0, 0), verified=False)
    return replace(quote, mark=found[0], verified=True)
