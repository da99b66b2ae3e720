"""Verdicts over what is sent: by what is announced before the download, by the first bytes after it."""

from __future__ import annotations

import re
import unicodedata

from errors import UserMistake

ARCHIVE = "archive"
KINDS = ("pdf", "docx", "epub", "html", "markdown", "text", ARCHIVE)
PDF_WINDOW = 1024
# Every MP4 begins with the length of its first box and this.
MP4_MARK, MP4_MARK_PLACE = b"ftyp", 4
# Endings that promise what is not read here. Unknown ones are looked at: content decides.
REFUSED = frozenset(
    "exe msi dll apk dmg iso zip rar 7z gz tar bz2 xz jpg jpeg png gif webp bmp tif tiff heic svg mp3 m4a ogg wav "
    "flac mov avi mkv webm xls xlsx ods ppt pptx odp doc odt rtf mobi azw azw3 djvu psd ai sqlite db".split()
)
MARKDOWN_NAMES = (".md", ".markdown", ".mdown")
HTML_NAMES = (".html", ".htm", ".xhtml")
# Atomic groups: a chain of comments must not be tried in every partition.
HTML = re.compile(
    rb"\s*+(?><\?xml.*?\?>\s*+)?(?><!--.*?-->\s*+)*+<(!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL
)
# No text begins like this; the second group might, so a text's name and content can clear it.
BINARY_MAGIC = (
    b"\x7fELF", b"\x89PNG", b"\xff\xd8\xff", b"7z\xbc\xaf", b"\x1f\x8b", b"\xfd7zXZ", b"\xd0\xcf\x11\xe0",
    b"\xca\xfe\xba\xbe", b"\xfe\xed\xfa", b"\xcf\xfa\xed\xfe", b"SQLite format 3\0", b"{\\rtf", b"%!PS",
)  # fmt: skip
WORDLIKE_MAGIC = (b"MZ", b"GIF8", b"RIFF", b"Rar!", b"BZh", b"OggS", b"ID3", b"fLaC")
TEXT_NAMES = (".txt", ".text", ".csv", ".log", *MARKDOWN_NAMES, *HTML_NAMES)
# Some producers put a few bytes before the mark, but a text that merely speaks of PDF is none.
PDF_MARK = re.compile(rb"\A[\s\x00\xef\xbb\xbf]*%PDF-|%PDF-\d\.\d[\s%]")
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
# In text of any language control characters are rare; in a binary file they are a tenth and more.
MOST_CONTROL_SHARE = 0.02
# Words parted by NUL bytes are still words; headers of archives are mostly NUL.
MOST_NUL_SHARE = 0.25
MOST_ASCII_SHARE = 0.7
FEWEST_PLAUSIBLE_SHARE = 0.97
FEWEST_NULS = 3


def sniff_kind(head: bytes, name: str) -> str:
    """One of ``KINDS`` (``archive`` for every MP4), or ``zip`` for what the reader has to open to tell DOCX from EPUB.

    ``head`` is the beginning of the file (8 KiB); the name only tells Markdown and HTML fragments from plain text.
    """
    if not head:
        raise UserMistake("file_empty")
    if head.startswith(MP4_MARK, MP4_MARK_PLACE) and head[0] == 0:
        return ARCHIVE
    if PDF_MARK.search(head[:PDF_WINDOW]):
        return "pdf"
    if head.startswith(b"PK\x03\x04"):
        return "zip"
    name = name.lower()
    if is_binary(head, name):
        raise UserMistake(promise_broken(name))
    return sniff_text(head, name)


def is_binary(head: bytes, name: str) -> bool:
    if head.startswith(BINARY_MAGIC) or not looks_like_text(head):
        return True
    return head.startswith(WORDLIKE_MAGIC) and not name.endswith(TEXT_NAMES)


def promise_broken(name: str) -> str:
    """A file that calls itself DOCX, EPUB or MP4 and is none gets the sentence for that."""
    suffix = name.rpartition(".")[2]
    return {"docx": "docx_damaged", "epub": "epub_damaged", "mp4": "archive_foreign"}.get(suffix, "wrong_kind")


def sniff_text(head: bytes, name: str) -> str:
    if name.endswith((".docx", ".epub", ".mp4")):
        raise UserMistake(promise_broken(name))
    if HTML.match(head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xfe\xff")) or name.endswith(HTML_NAMES):
        return "html"
    return "markdown" if name.endswith(MARKDOWN_NAMES) else "text"


def looks_like_text(head: bytes) -> bool:
    """UTF-8, UTF-16 with or without its mark, any one-byte encoding; a few stray NUL bytes are forgiven."""
    if head.startswith(UTF16_MARKS) or find_utf16(head):
        return True
    control = sum(head.count(bytes([code])) for code in range(1, 32) if code not in (8, 9, 10, 12, 13, 26, 27))
    nuls = head.count(0)
    if nuls > max(8, MOST_CONTROL_SHARE * len(head)):
        return not control and nuls <= MOST_NUL_SHARE * len(head) and is_utf8(head.replace(b"\0", b""))
    return control <= max(2, MOST_CONTROL_SHARE * len(head))


def is_utf8(head: bytes) -> bool:
    """Whether all of it is, but for a character cut in two at the end."""
    return len(head.decode("utf-8", errors="ignore").encode()) > len(head) - 4


def find_utf16(head: bytes) -> str:
    """``utf-16-le`` or ``utf-16-be`` for text that carries no mark; empty otherwise.

    Latin letters show by NUL in every other byte. Elsewhere only spaces and line ends have one, always on the
    same side; then the rest has to be letters in that reading, and too little of it plain ASCII for a one-byte text.
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
    if nuls > 0.4 * pairs:
        return encoding
    few_ascii = sum(32 <= byte < 127 for byte in head) < MOST_ASCII_SHARE * len(head)
    return encoding if nuls >= FEWEST_NULS and few_ascii and is_plausible(head[: pairs * 2], encoding) else ""


def is_plausible(head: bytes, encoding: str) -> bool:
    """Whether nearly all of it is letters, figures, marks and signs of writing in this encoding."""
    text = head.decode(encoding, errors="replace")
    good = sum(sign in "\r\n\t" or unicodedata.category(sign)[0] in "LMNPZ" for sign in text)
    return good >= FEWEST_PLAUSIBLE_SHARE * len(text)
