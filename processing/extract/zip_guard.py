"""Members of a zip, read with a guard: what an archive claims about itself is not believed."""

from __future__ import annotations

import zipfile
import zlib
from functools import cached_property
from pathlib import Path

from errors import UserMistake

MOST_MEMBERS = 10_000
MOST_BYTES_EACH = 64 * 1024 * 1024
MOST_BYTES_IN_ALL = 256 * 1024 * 1024
# The first member of an EPUB says so, uncompressed.
EPUB_MARK = b"mimetypeapplication/epub+zip"
HEAD_BYTES = 256
CHUNK = 256 * 1024


class Packed:
    """An opened zip; nothing of it ever touches the disk, so names in it are only names."""

    def __init__(self, path: Path, mistake: str) -> None:
        self.mistake = mistake
        self._read = 0
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
            raise UserMistake(mistake) from None
        if len(self._zip.infolist()) > MOST_MEMBERS:
            raise UserMistake("too_heavy")

    @cached_property
    def names(self) -> frozenset[str]:
        return frozenset(self._zip.namelist())

    def read(self, name: str) -> bytes:
        """A member's bytes, counted while they are unpacked; ``too_heavy`` beyond the bounds."""
        parts, size = [], 0
        try:
            with self._zip.open(name) as member:
                while chunk := member.read(CHUNK):
                    size += len(chunk)
                    self._read += len(chunk)
                    if size > MOST_BYTES_EACH or self._read > MOST_BYTES_IN_ALL:
                        raise UserMistake("too_heavy")
                    parts.append(chunk)
        except (zipfile.BadZipFile, zlib.error, KeyError, EOFError, RuntimeError, NotImplementedError, OSError):
            raise UserMistake(self.mistake) from None
        return b"".join(parts)


def find_zip_kind(path: Path) -> str:
    """``docx`` or ``epub`` by what the zip holds; anything else is a kind that is not read."""
    with path.open("rb") as file:
        calls_itself_epub = EPUB_MARK in file.read(HEAD_BYTES)
    names = Packed(path, "epub_damaged" if calls_itself_epub else "docx_damaged").names
    if "META-INF/container.xml" in names or calls_itself_epub:
        return "epub"
    if "word/document.xml" in names:
        return "docx"
    raise UserMistake("docx_damaged" if any(name.startswith("word/") for name in names) else "wrong_kind")
