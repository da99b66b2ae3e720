"""Tells text, in any encoding, from binary data."""

from __future__ import annotations

import unicodedata

UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
# Control characters that a text may hold: backspace, tab, line and page ends, end of file, escape.
TEXT_CONTROLS = (8, 9, 10, 12, 13, 26, 27)
# In text of any language the other control characters are rare; in binary data they are a tenth and more.
MOST_CONTROL_SHARE = 0.02
FORGIVEN_CONTROLS, FORGIVEN_NULS = 2, 8
# In a text NUL bytes may separate words. The header of a binary file is mostly NUL.
MOST_NUL_SHARE = 0.25
# How UTF-16 without a byte order mark is recognised, see ``find_utf16``. Shares are from 0 to 1.
LATIN_NUL_SHARE = 0.4
MOST_ASCII_SHARE = 0.7
LEAST_PLAUSIBLE_SHARE = 0.97
FEWEST_NULS = 3


def is_text(head: bytes) -> bool:
    """Return whether the beginning of a file is text: UTF-8, UTF-16 with or without its mark, or a one-byte encoding.

    A few stray NUL bytes and control characters are forgiven.
    """
    if head.startswith(UTF16_MARKS) or find_utf16(head):
        return True
    controls = sum(head.count(bytes([code])) for code in range(1, 32) if code not in TEXT_CONTROLS)
    nuls = head.count(0)
    if nuls > max(FORGIVEN_NULS, MOST_CONTROL_SHARE * len(head)):
        return not controls and nuls <= MOST_NUL_SHARE * len(head) and is_utf8(head.replace(b"\0", b""))
    return controls <= max(FORGIVEN_CONTROLS, MOST_CONTROL_SHARE * len(head))


def is_utf8(head: bytes) -> bool:
    """Return whether the bytes are UTF-8. The last character may be incomplete."""
    return len(head.decode("utf-8", errors="ignore").encode()) > len(head) - 4


def find_utf16(head: bytes) -> str:
    """Return ``utf-16-le`` or ``utf-16-be`` for text without a byte order mark, or an empty string.

    In Latin text nearly every second byte is NUL. In other scripts only spaces and line ends have a NUL byte, either
    always the first or always the second of their two bytes. Such bytes must also decode to letters, and hold fewer
    ASCII characters than text in a one-byte encoding.
    """
    pairs = len(head) // 2
    if pairs < 2:
        return ""
    first, second = head[0 : pairs * 2 : 2].count(0), head[1 : pairs * 2 : 2].count(0)
    if first and second > 20 * first or second and not first:
        encoding, nuls = "utf-16-le", second
    elif second and first > 20 * second or first and not second:
        encoding, nuls = "utf-16-be", first
    else:
        return ""
    if nuls > LATIN_NUL_SHARE * pairs:
        return encoding
    little_ascii = sum(32 <= byte < 127 for byte in head) < MOST_ASCII_SHARE * len(head)
    return encoding if nuls >= FEWEST_NULS and little_ascii and is_plausible(head[: pairs * 2], encoding) else ""


def is_plausible(head: bytes, encoding: str) -> bool:
    """Return whether nearly all characters in this encoding are letters, digits, punctuation or white space."""
    text = head.decode(encoding, errors="replace")
    good = sum(character in "\r\n\t" or unicodedata.category(character)[0] in "LMNPZ" for character in text)
    return good >= LEAST_PLAUSIBLE_SHARE * len(text)
