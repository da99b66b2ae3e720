"""Passages that came from a film: anybody can make one, so what they claim is checked."""

from __future__ import annotations

import re

from processing.types import Passage

MOST_PASSAGES = 200_000
MOST_PAGES = 1_000_000
LONGEST_TEXT = 4000
LONGEST_HEADING = 200
# Databases and JSON stumble over these; no text that was read here has them.
UNFIT = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f\ud800-\udfff]")


def check_passage(passage: Passage, index: int) -> None:
    """Raise ``ValueError`` unless it is a sound passage at its index, counted from 0."""
    if passage.index != index or index >= MOST_PASSAGES:
        raise ValueError("a passage is missing or out of order")
    if not 1 <= passage.first_page <= passage.last_page <= MOST_PAGES:
        raise ValueError("pages that no document has")
    if not passage.text.strip() or len(passage.text) > LONGEST_TEXT or len(passage.heading) > LONGEST_HEADING:
        raise ValueError("a text that no passage has")
    if UNFIT.search(passage.text) or UNFIT.search(passage.heading):
        raise ValueError("signs that no text has")
