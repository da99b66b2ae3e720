"""Splits the words that a person looks for."""

from __future__ import annotations

import re

QUOTED = re.compile(r'["“”„«»「『]([^"“”„«»「」『』]+)["“”«»」』]')


def split_query(words: str) -> list[tuple[str, bool]]:
    """Return each phrase in quotation marks as (phrase, True), then each other word as (word, False), each once."""
    phrases = [(phrase, True) for phrase in QUOTED.findall(words)]
    return list(dict.fromkeys([*phrases, *((word, False) for word in QUOTED.sub(" ", words).split())]))
