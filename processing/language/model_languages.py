"""Says which languages an embedding model knows."""

from __future__ import annotations

# Models that were trained on English text only. Their vectors of other languages are useless.
ENGLISH_ONLY = frozenset({"all-MiniLM-L6-v2", "all-MiniLM-L12-v2", "all-mpnet-base-v2"})


def knows_language(model: str, language: str) -> bool:
    """Return whether the vectors that ``model`` makes of text in ``language`` can be used for searching.

    ``language`` is a name as ``detect_language`` returns it. Models that are not listed here count as multilingual.
    """
    return model not in ENGLISH_ONLY or language == "english"
