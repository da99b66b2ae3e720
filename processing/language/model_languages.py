"""Which languages an embedding model knows."""

from __future__ import annotations

# Trained on English: their vectors of text in other languages mean nothing.
ENGLISH_ONLY = frozenset({"all-MiniLM-L6-v2", "all-MiniLM-L12-v2", "all-mpnet-base-v2"})


def knows_language(model: str, language: str) -> bool:
    """Return whether vectors that ``model`` makes of text in ``language`` mean anything.

    ``language`` is a name as ``detect_language`` returns it. Models that are not listed here count as multilingual.
    """
    return model not in ENGLISH_ONLY or language == "english"
