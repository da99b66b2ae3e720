"""What a model writes is read, however long and strange it is."""

from __future__ import annotations

import pytest

from processing.questions.generation.reply import read_reply, read_so_far

QUOTED = 'Ingrid keeps the light [1].\n\n**QUOTES:**\n[1] "keeps the light"'


def test_the_answer_ends_before_its_quotes() -> None:
    reply = read_reply(QUOTED)
    assert (reply.text, reply.words) == ("Ingrid keeps the light [1].", {1: ["keeps the light"]})
    assert read_so_far(QUOTED) == reply.text


@pytest.mark.parametrize("blank", ["\n", " ", "\u2003", "\n#", "# ", "_"])
def test_a_reply_of_blank_lines_is_read(blank: str) -> None:
    """A pattern that goes back to every blank would take hours."""
    text = read_reply("Yes." + blank * 1_000_000 + "It is open [1].").text
    assert text.startswith("Yes.") and text.endswith("It is open [1].")
    assert read_so_far("Yes." + blank * 1_000_000 + "It").startswith("Yes.")


def test_a_long_run_of_white_space_is_shortened() -> None:
    assert read_reply("Yes." + " " * 9200 + "It is open [1].").text == "Yes.\n\nIt is open [1]."
