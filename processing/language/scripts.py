"""Patterns that find words, in scripts with and without spaces between them."""

from __future__ import annotations

import regex

from processing.language.table import ROWS

UNSPACED_SCRIPTS = "".join(row.script for row in ROWS if not row.spaced)
# Letters with their marks, digits, and characters that are invisible inside words: the soft hyphen, the zero-width
# joiner and non-joiner.
WORD = regex.compile(r"[\p{L}\p{M}\p{N}\u00ad\u200c\u200d]+")
UNSPACED = regex.compile(f"[{UNSPACED_SCRIPTS}]")
UNSPACED_RUN = regex.compile(rf"[{UNSPACED_SCRIPTS}\p{{M}}ー]+")
HAN = regex.compile(r"\p{Han}")
# Words that only ask (who, how many) in text without spaces.
ASKING = regex.compile("|".join(row.asking for row in ROWS if row.asking))
