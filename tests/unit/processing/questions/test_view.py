"""Stored answers are read back as they were."""

from __future__ import annotations

import json
from dataclasses import asdict

from processing.questions.view import read_answer
from processing.types import Answer, Occurrences, Quote

QUOTE = Quote("0" * 16, "a.pdf", 7, 8, "Seals swim.", (0, 5), 3, 2, marks=((0, 5), (6, 10)), page_breaks=((6, 8),))


def test_answer_is_read_back_from_its_json() -> None:
    answer = Answer((QUOTE,), "They swim [1].", "note_partial", (Occurrences("a.pdf", 3, 2, ((7, 2), (8, 1))),))
    assert read_answer(json.loads(json.dumps(asdict(answer)))) == answer


def test_question_without_an_answer_has_an_empty_one() -> None:
    assert read_answer({}) == Answer()
