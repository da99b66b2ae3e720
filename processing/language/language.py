"""The form of a row of the table of text languages."""

from __future__ import annotations

from dataclasses import dataclass
from unicodedata import normalize


@dataclass(frozen=True, kw_only=True, slots=True)
class Language:
    """One text language. Everything but ``name`` has a default that fits most languages.

    Patterns are regular expressions of the ``regex`` package for text in lower case:

    - ``name``: the English name in lower case. It is stored in indexes, so it must not change after a release.
    - ``script``: the characters of a script that only this row uses, as they stand between ``[`` and ``]``. A text
      that is mostly written with them is in this language.
    - ``stop_words``: frequent words that say nothing about the subject of a text. They also serve to recognise the
      language among those that share its script.
    - ``own_letters``: letters that no other language of the same script has, for headings and questions that hold no
      stop word.
    - ``stemmer``: the Snowball algorithm that removes endings, or empty if there is none.
    - ``prefix``: a pattern that is removed from the beginning of a word before the stemmer sees it.
    - ``spaced``: False if words are written without spaces between them. Their texts are split into n-grams.
    - ``asking``: for languages without spaces, a pattern of words that only ask (who, how many).
    - ``marks_matter``: True if words differ by the marks on their letters, such as tones, so that these are kept.
    - ``pair_weight``: how much a pair of neighbouring words counts in a search. A single word counts 1.0.
    - ``page``: a pattern of the words that stand before a page number (page, pp).
    """

    name: str
    script: str = ""
    stop_words: frozenset[str] = frozenset()
    own_letters: str = ""
    stemmer: str = ""
    prefix: str = ""
    spaced: bool = True
    asking: str = ""
    marks_matter: bool = False
    pair_weight: float = 0.2
    page: str = ""


def split_words(text: str) -> frozenset[str]:
    """Return the words of a text, separated by spaces, in the spelling that ``tokens.list_words`` gives."""
    return frozenset(normalize("NFKC", text).casefold().split())
