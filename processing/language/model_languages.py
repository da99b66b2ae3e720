"""Which languages an embedding model knows."""

from __future__ import annotations

# Models that were trained on English text only. On other languages their vectors say nothing.
ENGLISH_ONLY = frozenset({"all-MiniLM-L6-v2", "all-MiniLM-L12-v2", "all-mpnet-base-v2"})


def knows_language(model: str, language: str) -> bool:
    """Return whether vectors that ``model`` makes of text in ``language`` mean anything.

    ``language`` is a name as ``detect_language`` returns it. Models that are not listed here count as multilingual.
    """
    return model not in ENGLISH_ONLY or language == "english"
