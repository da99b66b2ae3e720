"""Replies are parsed, and a quote counts as verified only if it stands in the passage."""

from __future__ import annotations

import pytest

from processing.questions.generation.reply import read_reply, read_so_far
from processing.questions.generation.verify_citations import check_reply
from processing.types import Quote


def make_quote(text: str) -> Quote:
    return Quote("0" * 16, "a.pdf", 3, 3, text)


QUOTES = (make_quote("Seals eat fish."), make_quote("Walruses dive for clams."), make_quote("Otters hold hands."))


def test_citations_are_renumbered_in_order_and_each_is_checked() -> None:
    reply = read_reply(
        "Walruses eat clams [2] and seals fish [1, 9]. Otters swim [3]. Whales sing [7].\n\n"
        'QUOTES\n[2] "dive for clams"\n[1] "Seals eat birds."\n'
    )
    text, cited = check_reply(reply, QUOTES)
    assert text == "Walruses eat clams [1] and seals fish [2]. Otters swim [3]. Whales sing."
    assert [quote.text for quote in cited] == [QUOTES[1].text, QUOTES[0].text, QUOTES[2].text]
    assert [quote.verified for quote in cited] == [True, False, False]
    assert cited[0].text[slice(*cited[0].mark)] == "dive for clams"


def test_passage_with_one_wrong_quote_is_not_verified() -> None:
    reply = read_reply('So it is [1].\nQUOTES\n[1] "Seals eat fish."\n[1] "Seals eat stones."')
    assert [quote.verified for quote in check_reply(reply, QUOTES)[1]] == [False]


@pytest.mark.parametrize(
    "tail",
    [
        '\nQUOTES\n[1] "Seals eat fish."',
        "\n\n**Quotes:**\n- [1]: “Seals eat fish.”",
        "\n## QUOTES\n1. Seals eat fish.",
        '\n\n[1] "Seals eat fish."',
        "\nQUOTES\n[1] «Seals eat fish.»\n",
    ],
)
def test_quotes_below_the_answer_are_read_in_many_layouts(tail: str) -> None:
    reply = read_reply(f"Seals eat fish [1].{tail}")
    assert reply.text == "Seals eat fish [1]."
    assert reply.words == {1: ["Seals eat fish."]}


@pytest.mark.parametrize("written", ["NO ANSWER", "no answer.", '"NO ANSWER"', "**NO ANSWER**\nQUOTES"])
def test_refusal_is_recognised(written: str) -> None:
    assert read_reply(written).refused
    assert read_so_far(written) == ""


def test_incomplete_reply_never_shows_quotes_or_a_refusal() -> None:
    written = 'No answer is simple: seals [1].\nThey dive [2].\nQUOTES\n[1] "Seals eat fish."'
    for end in range(len(written) + 1):
        shown = read_so_far(written[:end])
        assert "QU" not in shown and '"' not in shown
        assert "No answer is simple: seals [1].\nThey dive [2].".startswith(shown)
    for end in range(len("NO ANSWER") + 1):
        assert read_so_far("NO ANSWER"[:end]) == ""
    assert read_so_far(written) == "No answer is simple: seals [1].\nThey dive [2]."
    assert not read_reply(written).refused
