"""The codes of ISO 639 by which libraries know the text languages of the table."""

from __future__ import annotations

from processing.language.table import LANGUAGES

CODES = {
    "english": "en", "italian": "it", "german": "de", "french": "fr", "spanish": "es", "portuguese": "pt",
    "catalan": "ca", "dutch": "nl", "romanian": "ro", "turkish": "tr", "swedish": "sv", "danish": "da",
    "norwegian": "no", "finnish": "fi", "estonian": "et", "polish": "pl", "czech": "cs", "hungarian": "hu",
    "lithuanian": "lt", "indonesian": "id", "vietnamese": "vi", "basque": "eu", "russian": "ru", "greek": "el",
    "arabic": "ar", "hindi": "hi", "armenian": "hy", "tamil": "ta", "unspaced": "zh",
}  # fmt: skip
assert CODES.keys() == LANGUAGES.keys()


def get_code(language: str) -> str:
    """Return the code of a language of the table, that of English for a language that is not recognised."""
    return CODES.get(language, "en")
