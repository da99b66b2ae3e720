"""Patterns for the characters of the world's scripts, as far as words have to be told apart by them."""

from __future__ import annotations

import regex

from processing.language.table import ROWS

UNSPACED_SCRIPTS = "".join(row.script for row in ROWS if not row.spaced)
# Letters with their marks, digits, and the invisible characters inside words that only say how letters join or where
# a line may break (soft hyphen, zero-width joiner and non-joiner).
WORD = regex.compile(r"[\p{L}\p{M}\p{N}\u00ad\u200c\u200d]+")
UNSPACED = regex.compile(f"[{UNSPACED_SCRIPTS}]")
UNSPACED_RUN = regex.compile(rf"[{UNSPACED_SCRIPTS}\p{{M}}ー]+")
HAN = regex.compile(r"\p{Han}")
# Words that only ask, inside text without spaces.
ASKING = regex.compile("|".join(row.asking for row in ROWS if row.asking))
