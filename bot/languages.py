"""The table of chat languages: one row for each language that the bot speaks with people.

To add a language, copy ``texts/en.ftl``, translate it, and add a row. Telegram tells the language of each person.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

TEXTS = Path(__file__).parent / "texts"
DEFAULT = "en"


@dataclass(frozen=True, slots=True)
class ChatLanguage:
    """``code`` is the ISO 639-1 code, ``name`` the language's own name, ``file`` the Fluent file of its sentences."""

    code: str
    name: str
    file: Path


ROWS = (
    ChatLanguage("en", "English", TEXTS / "en.ftl"),
    ChatLanguage("it", "Italiano", TEXTS / "it.ftl"),
)
LANGUAGES = {row.code: row for row in ROWS}


def choose_language(code: str | None) -> str:
    """Return the code of a language in the table for what Telegram says of a person (``it-IT``, ``pt-br`` or None)."""
    first = (code or DEFAULT).split("-")[0].lower()
    return first if first in LANGUAGES else DEFAULT
