"""Decodes text whose encoding is unknown."""

from __future__ import annotations

import codecs

from charset_normalizer import from_bytes

from errors import UserMistake
from processing.formats.plain_text import find_utf16

SAMPLE_BYTES = 64 * 1024
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# With more intact multi-byte characters than this for every broken byte, the text is damaged UTF-8 and not in another
# encoding.
INTACT_TO_BROKEN = 10
# Browsers read these as the larger Windows encodings, because pages that declare them are written in those.
SUPERSETS = {"iso8859-1": "cp1252", "ascii": "cp1252", "iso8859-9": "cp1254", "gb2312": "gb18030", "gbk": "gb18030"}
# charset_normalizer takes short Italian texts for Slovak. Texts whose letters are all those of one western language
# are decoded before it is asked; these are the letters beyond ASCII of each language.
WESTERN_LETTERS = tuple(
    map(
        frozenset,
        (
            "àèéìíîòóùú",
            "àâçéèêëîïôöûùüÿœæ",
            "áéíóúñüªº",
            "áâãàçéêíóôõúüªº",
            "äöüßé",
            "åäöæøéü",
            "áðéíóúýþæö",
            "éëïöüèáóí",
        ),
    )
)
WESTERN_PUNCTUATION = frozenset("¿¡«»“”„’‘‚–—…°§€£©®·•´×½¼² \xa0\xad")
MOST_ACCENTS_SHARE = 0.3
REPLACEMENT = "\ufffd"


def decode(raw: bytes, declared: str = "") -> str:
    """Return the text, with unknown bytes replaced.

    Tried in this order: a byte order mark, UTF-8, UTF-16 without a mark, the ``declared`` encoding, the likeliest one.
    Raises ``UserMistake`` (``text_unreadable``) where no encoding fits.
    """
    for mark, encoding in BYTE_ORDER_MARKS:
        if raw.startswith(mark):
            return raw[len(mark) :].decode(encoding, errors="replace")
    if encoding := find_utf16(raw[:SAMPLE_BYTES]):
        return raw.decode(encoding, errors="replace")
    text = raw.decode("utf-8", errors="replace")
    broken = text.count(REPLACEMENT)
    if not broken or len(raw) - len(text) > INTACT_TO_BROKEN * broken:
        return text
    return decode_as(raw, declared) or decode_western(raw) or decode_by_guess(raw.replace(b"\0", b""))


def decode_as(raw: bytes, declared: str) -> str:
    """Return the text, or an empty string where the name is unknown or the bytes are not in that encoding."""
    try:
        name = codecs.lookup(declared).name
        return raw.decode(SUPERSETS.get(name, name)) if not name.startswith("utf") else ""
    except (LookupError, ValueError):
        return ""


def decode_western(raw: bytes) -> str:
    """Return the text read as Windows-1252, or an empty string unless it looks like one western language."""
    text = raw[:SAMPLE_BYTES].decode("cp1252", errors="replace")
    foreign = {character.lower() for character in text if character > "\x7f"} - WESTERN_PUNCTUATION
    accents = sum(character > "\x7f" and character.isalpha() for character in text)
    plain = sum(character.isalpha() for character in text) - accents
    if accents > MOST_ACCENTS_SHARE * plain or not any(foreign <= letters for letters in WESTERN_LETTERS):
        return ""
    return raw.decode("cp1252", errors="replace")


def decode_by_guess(raw: bytes) -> str:
    """Return the text in the encoding that charset_normalizer finds likeliest; raises ``UserMistake`` without one."""
    sample = raw[:SAMPLE_BYTES]
    if len(raw) > SAMPLE_BYTES and b"\n" in sample:
        # The sample must not end in the middle of a character.
        sample = sample[: sample.rindex(b"\n")]
    best = from_bytes(sample).best()
    if best is None:
        raise UserMistake("text_unreadable")
    return raw.decode(best.encoding, errors="replace")
