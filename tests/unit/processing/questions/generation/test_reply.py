"""What a model writes is read, however long and strange it is."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from processing.questions.generation.reply import read_reply, read_so_far

QUOTED = 'Ingrid keeps the light [1].\n\n**QUOTES:**\n[1] "keeps the light"'


def test_the_answer_ends_before_its_quotes() -> None:
    reply = read_reply(QUOTED)
    assert (reply.text, reply.words) == ("Ingrid keeps the light [1].", {1: ["keeps the light"]})
    assert read_so_far(QUOTED) == reply.text


@pytest.mark.parametrize("blank", ["\n", " ", "\u2003", "\n#", "# ", "_"])
def test_a_reply_of_blank_lines_is_read_in_one_pass(blank: str) -> None:
    """A pattern that goes back to every line break would take minutes, and more steps than are counted here."""
    steps = 0

    def count(*_event: object) -> Any:
        nonlocal steps
        steps += 1
        return count

    sys.settrace(count)
    try:
        text = read_reply("Yes." + blank * 100_000 + "It is open [1].").text
    finally:
        sys.settrace(None)
    assert text.startswith("Yes.") and text.endswith("It is open [1].")
    assert steps < 1000


def test_a_long_run_of_white_space_is_shortened() -> None:
    assert read_reply("Yes." + " " * 9200 + "It is open [1].").text == "Yes.\n\nIt is open [1]."
