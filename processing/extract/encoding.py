"""Which characters the bytes of a text stand for."""

from __future__ import annotations

import codecs

from charset_normalizer import from_bytes

from errors import UserMistake
from processing.formats.detect_language import find_utf16

SAMPLE_BYTES = 64 * 1024
MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# So many sound characters of several bytes to one broken byte, and it is damaged UTF-8, not another encoding.
SOUND_TO_BROKEN = 10
# Browsers read these as the larger Windows sets, for that is what pages mean by them.
MEANT = {"iso8859-1": "cp1252", "ascii": "cp1252", "iso8859-9": "cp1254", "gb2312": "gb18030", "gbk": "gb18030"}
# Guessing takes Italian for Slovak where a text is short; what one western language writes settles it first.
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
WESTERN_SIGNS = frozenset("¿¡«»“”„’‘‚–—…°§€£©®·•´×½¼² \xa0\xad")
MOST_ACCENTS_SHARE = 0.3
REPLACEMENT = "\ufffd"


def decode(raw: bytes, declared: str = "") -> str:
    """By its mark, as UTF-8, as unmarked UTF-16, as ``declared``, else by the most likely encoding.

    ``text_unreadable`` where nothing fits.
    """
    for mark, encoding in MARKS:
        if raw.startswith(mark):
            return raw[len(mark) :].decode(encoding, errors="replace")
    if encoding := find_utf16(raw[:SAMPLE_BYTES]):
        return raw.decode(encoding, errors="replace")
    text = raw.decode("utf-8", errors="replace")
    broken = text.count(REPLACEMENT)
    if not broken or len(raw) - len(text) > SOUND_TO_BROKEN * broken:
        return text
    return decode_as(raw, declared) or decode_western(raw) or decode_by_guess(raw.replace(b"\0", b""))


def decode_as(raw: bytes, declared: str) -> str:
    """Empty where the name is unknown or the bytes are not in that encoding."""
    try:
        name = codecs.lookup(declared).name
        return raw.decode(MEANT.get(name, name)) if not name.startswith("utf") else ""
    except (LookupError, ValueError):
        return ""


def decode_western(raw: bytes) -> str:
    """Empty unless it is, among plain letters, what one western language writes in Windows-1252."""
    text = raw[:SAMPLE_BYTES].decode("cp1252", errors="replace")
    foreign = {sign.lower() for sign in text if sign > "\x7f"} - WESTERN_SIGNS
    accents = sum(sign > "\x7f" and sign.isalpha() for sign in text)
    plain = sum(sign.isalpha() for sign in text) - accents
    if accents > MOST_ACCENTS_SHARE * plain or not any(foreign <= letters for letters in WESTERN_LETTERS):
        return ""
    return raw.decode("cp1252", errors="replace")


def decode_by_guess(raw: bytes) -> str:
    sample = raw[:SAMPLE_BYTES]
    if len(raw) > SAMPLE_BYTES and b"\n" in sample:
        # Not in the middle of a character.
        sample = sample[: sample.rindex(b"\n")]
    best = from_bytes(sample).best()
    if best is None:
        raise UserMistake("text_unreadable")
    return raw.decode(best.encoding, errors="replace")
