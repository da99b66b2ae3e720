"""What a row of the table of text languages says."""

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
    - ``stop_words``: frequent words that say nothing about the subject of a text. Languages that share a script are
      told apart by them.
    - ``own_letters``: letters that no other language of the same script has, for headings and questions that hold no
      stop word.
    - ``stemmer``: the Snowball algorithm that removes endings; empty where there is none.
    - ``prefix``: a pattern that is removed from the beginning of a word before the stemmer sees it.
    - ``spaced``: False where words are written without spaces; such texts are split into n-grams of characters.
    - ``asking``: where words have no spaces, a pattern of those that only ask (who, how many).
    - ``marks_matter``: True where the marks on letters tell words apart, as tones do, and must not be removed.
    - ``pair_weight``: how much two neighbouring words count in a search, beside 1.0 for a single word.
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
    """The words of a text, spelled as ``tokens.list_words`` spells those of documents."""
    return frozenset(normalize("NFKC", text).casefold().split())
