"""Recognises the format of a file by its content, with the table of formats."""

from __future__ import annotations

from collections.abc import Collection

from errors import UserMistake
from processing.formats.plain_text import is_text
from processing.formats.table import BY_EXTENSION, FORMAT_DAMAGED, FORMATS, WRONG_KIND, ZIP, Content, Format

BINARY_FORMATS = tuple(row for row in FORMATS if row.content is Content.BINARY)
ZIP_FORMATS = tuple(row for row in FORMATS if row.content is Content.ZIP)
TEXT_FORMATS = tuple(row for row in FORMATS if row.content is Content.TEXT)
ZIP_MAGIC = b"PK\x03\x04"
# An EPUB declares its MIME type within this many bytes, in its first member.
DECLARED_WITHIN = 256
# Java archives and other zips have this folder as well, so it does not show the format.
SHARED_FOLDER = "META-INF"
# No text begins like this.
BINARY_MAGIC = (
    b"\x7fELF", b"\x89PNG", b"\xff\xd8\xff", b"7z\xbc\xaf", b"\x1f\x8b", b"\xfd7zXZ", b"\xd0\xcf\x11\xe0",
    b"\xca\xfe\xba\xbe", b"\xfe\xed\xfa", b"\xcf\xfa\xed\xfe", b"SQLite format 3\0", b"{\\rtf", b"%!PS",
)  # fmt: skip
# A binary file begins like this, but a text may as well: a file that is text and has the extension of a text format is
# taken for text.
WORDLIKE_MAGIC = (b"MZ", b"GIF8", b"RIFF", b"Rar!", b"BZh", b"OggS", b"ID3", b"fLaC")


def sniff_kind(head: bytes, name: str) -> str:
    """Return the ``kind`` of a file, or ``ZIP`` for a zip, which the reading child has to open.

    ``head`` is the first 8 KiB of the file. The ``name`` chooses between text formats, and the error key. Raise
    ``UserMistake`` for an empty file, for content of no known format, and for text if the name is that of another
    format whose ``misnamed`` is not ``WRONG_KIND``.
    """
    if not head:
        raise UserMistake("file_empty")
    for row in BINARY_FORMATS:
        if row.magic is not None and row.magic(head):
            return row.kind
    if head.startswith(ZIP_MAGIC):
        return ZIP
    named = find_by_name(name)
    if is_binary(head, named):
        raise make_misnamed(named)
    if named is not None and named.content is not Content.TEXT and named.misnamed != WRONG_KIND:
        raise make_misnamed(named)
    return recognise_text(head, named).kind


def find_by_name(name: str) -> Format | None:
    """Return the format whose extension the name has."""
    return BY_EXTENSION.get(get_extension(name))


def get_extension(name: str) -> str:
    """Return the part after the last dot in lower case, or an empty string if there is no dot."""
    _, dot, extension = name.rpartition(".")
    return extension.strip().lower() if dot else ""


def is_binary(head: bytes, named: Format | None) -> bool:
    if head.startswith(BINARY_MAGIC) or not is_text(head):
        return True
    return head.startswith(WORDLIKE_MAGIC) and (named is None or named.content is not Content.TEXT)


def recognise_text(head: bytes, named: Format | None) -> Format:
    """Return the text format that the content shows, or else the one of the name, or else plain text."""
    for row in TEXT_FORMATS:
        if row.magic is not None and row.magic(head):
            return row
    return named if named is not None and named.content is Content.TEXT else TEXT_FORMATS[-1]


def make_misnamed(named: Format | None) -> UserMistake:
    """Return the mistake for content that does not fit the name of the file."""
    if named is None or named.content is Content.TEXT:
        return UserMistake(WRONG_KIND)
    return make_mistake(named.misnamed, named)


def make_mistake(key: str, row: Format | None) -> UserMistake:
    """Return the mistake with the facts that its sentence needs: that for ``FORMAT_DAMAGED`` names the format.

    Without a format that is ``WRONG_KIND``.
    """
    if key != FORMAT_DAMAGED:
        return UserMistake(key)
    return UserMistake(key, format=row.kind, label=row.label) if row is not None else UserMistake(WRONG_KIND)


def find_declared_zip(head: bytes) -> Format | None:
    """Return the format that a zip declares in its first member, or None.

    The member has the name ``mimetype`` and is not compressed.
    """
    start = head[:DECLARED_WITHIN]
    declared = (row for row in ZIP_FORMATS if any(f"mimetype{mime}".encode() in start for mime in row.mime_types))
    return next(declared, None)


def guess_zip(head: bytes) -> Format:
    """Return the likeliest format of a zip that may be damaged.

    It is the declared one, or else one whose folder is named in ``head``, or else the first zip format.
    """
    hinted = (row for row in ZIP_FORMATS if has_own_folder(row) and f"{get_folder(row)}/".encode() in head)
    return find_declared_zip(head) or next(hinted, ZIP_FORMATS[0])


def recognise_zip(head: bytes, names: Collection[str]) -> Format:
    """Return the format of a sound zip, given the names of its members.

    Raise ``UserMistake``: a format's ``damaged`` if its folder is there without its main member, or ``WRONG_KIND``.
    """
    row = find_declared_zip(head) or next((row for row in ZIP_FORMATS if row.zip_member in names), None)
    if row is not None:
        return row
    for row in ZIP_FORMATS:
        if has_own_folder(row) and any(name.startswith(f"{get_folder(row)}/") for name in names):
            raise make_mistake(row.damaged, row)
    raise UserMistake(WRONG_KIND)


def get_folder(row: Format) -> str:
    return row.zip_member.rpartition("/")[0]


def has_own_folder(row: Format) -> bool:
    return get_folder(row) not in ("", SHARED_FOLDER)
