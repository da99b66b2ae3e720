"""Checks passages that came from a film: anybody can make a film, so its passages are not trusted."""

from __future__ import annotations

import re

from processing.types import Passage

MOST_PASSAGES = 200_000
MOST_PAGES = 1_000_000
LONGEST_TEXT = 4000
LONGEST_HEADING = 200
# Databases and JSON refuse these characters; no text that Socrate read has them.
UNFIT = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f\ud800-\udfff]")


def check_passage(passage: Passage, position: int) -> None:
    """Raise ``ValueError`` if the passage is unsound, or its index is not its ``position`` in the film, from 0."""
    if passage.index != position or position >= MOST_PASSAGES:
        raise ValueError("a passage is missing or out of order")
    if not 1 <= passage.first_page <= passage.last_page <= MOST_PAGES:
        raise ValueError("pages that no document has")
    if not passage.text.strip() or len(passage.text) > LONGEST_TEXT or len(passage.heading) > LONGEST_HEADING:
        raise ValueError("a text that no passage has")
    if UNFIT.search(passage.text) or UNFIT.search(passage.heading):
        raise ValueError("characters that no text has")
