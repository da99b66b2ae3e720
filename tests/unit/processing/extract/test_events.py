"""What the child writes is taken for hostile: only events of a known form and size are accepted."""

from __future__ import annotations

import json
from typing import Any

import pytest

from errors import UserMistake
from processing.extract.reader import MOST, parse_event
from processing.formats.recognise import make_mistake
from processing.formats.table import FORMAT_DAMAGED

SOUND: tuple[dict[str, Any], ...] = (
    {"page": 1, "text": "Ingrid"},
    {"kind": "pdf", "total": None},
    {"kind": "pdf", "total": 0},
    {"kind": "archive", "total": -1, "name": "book"},
    {"mistake": "no_text", "format": ""},
    {"end": True},
)
UNSOUND: tuple[dict[str, Any], ...] = (
    {"page": 0, "text": ""},
    {"page": -(10**4000), "text": ""},
    {"page": MOST + 1, "text": ""},
    {"kind": "pdf", "total": 10**30},
    {"kind": "archive", "total": 10**30, "name": "book"},
    {"kind": "odd", "total": 1},
    {"passage": [0, 1, 10**30], "text": "", "heading": ""},
    {"mistake": FORMAT_DAMAGED, "format": "odd"},
    {"mistake": "odd", "format": ""},
)


@pytest.mark.parametrize("event", SOUND)
def test_a_sound_event_is_taken(event: dict[str, Any]) -> None:
    assert parse_event(json.dumps(event).encode()) == event


@pytest.mark.parametrize("number", range(len(UNSOUND)))
def test_an_unsound_event_ends_the_reading(number: int) -> None:
    with pytest.raises(UserMistake, match="too_heavy"):
        parse_event(json.dumps(UNSOUND[number], default=str).encode())


def test_a_damaged_file_of_no_known_format_has_a_sentence() -> None:
    assert make_mistake(FORMAT_DAMAGED, None).key != FORMAT_DAMAGED
