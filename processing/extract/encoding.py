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
# A text with more than this many intact multi-byte characters for every broken byte is damaged UTF-8. With fewer it is
# in another encoding.
INTACT_TO_BROKEN = 10
# Pages that declare one of these encodings are often written in a larger one, so browsers use the larger one.
SUPERSETS = {"iso8859-1": "cp1252", "ascii": "cp1252", "iso8859-9": "cp1254", "gb2312": "gb18030", "gbk": "gb18030"}
# charset_normalizer takes short Italian texts for Slovak. Therefore a text is first compared with western languages.
# Each row holds the letters beyond ASCII of one language: if the text has no others, it is decoded as Windows-1252.
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
    """Return the text. Bytes that cannot be decoded become ``REPLACEMENT``.

    The encoding is that of a byte order mark, or UTF-16 without a mark, UTF-8, the ``declared`` one, Windows-1252, or
    the likeliest one, tried in this order. Raise ``UserMistake`` (``text_unreadable``) if none fits.
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
    """Return the text, or an empty string if it is not in this encoding, or the name is unknown or that of a UTF."""
    try:
        name = codecs.lookup(declared).name
        return raw.decode(SUPERSETS.get(name, name)) if not name.startswith("utf") else ""
    except (LookupError, ValueError):
        return ""


def decode_western(raw: bytes) -> str:
    """Return the text as Windows-1252, or an empty string if its letters are not those of one western language."""
    text = raw[:SAMPLE_BYTES].decode("cp1252", errors="replace")
    foreign = {character.lower() for character in text if character > "\x7f"} - WESTERN_PUNCTUATION
    accents = sum(character > "\x7f" and character.isalpha() for character in text)
    plain = sum(character.isalpha() for character in text) - accents
    if accents > MOST_ACCENTS_SHARE * plain or not any(foreign <= letters for letters in WESTERN_LETTERS):
        return ""
    return raw.decode("cp1252", errors="replace")


def decode_by_guess(raw: bytes) -> str:
    """Return the text in the encoding that charset_normalizer finds likeliest. Raise ``UserMistake`` if none fits."""
    sample = raw[:SAMPLE_BYTES]
    if len(raw) > SAMPLE_BYTES and b"\n" in sample:
        # The sample must not end in the middle of a character.
        sample = sample[: sample.rindex(b"\n")]
    best = from_bytes(sample).best()
    if best is None:
        raise UserMistake("text_unreadable")
    return raw.decode(best.encoding, errors="replace")
