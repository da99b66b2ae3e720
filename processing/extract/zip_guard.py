"""Reads members of an untrusted zip. Sizes are counted while unpacking, because a zip may state false sizes."""

from __future__ import annotations

import zipfile
import zlib
from functools import cached_property
from typing import BinaryIO

from errors import UserMistake

MOST_MEMBERS = 10_000
MOST_BYTES_EACH = 64 * 1024 * 1024
MOST_BYTES_IN_ALL = 256 * 1024 * 1024
CHUNK = 256 * 1024


class Packed:
    """An opened zip. Members are unpacked in memory only, so their names are never used as paths.

    ``mistake`` is the error key for a damaged zip.
    """

    def __init__(self, file: BinaryIO, mistake: str) -> None:
        """Raise ``UserMistake``: ``mistake`` if the file is no sound zip, ``too_heavy`` if it has too many members."""
        self.mistake = mistake
        self._read = 0
        try:
            self._zip = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
            raise UserMistake(mistake) from None
        if len(self._zip.infolist()) > MOST_MEMBERS:
            raise UserMistake("too_heavy")

    @cached_property
    def names(self) -> frozenset[str]:
        return frozenset(self._zip.namelist())

    def read(self, name: str) -> bytes:
        """Return a member's bytes.

        Raise ``UserMistake``: ``too_heavy`` beyond ``MOST_BYTES_EACH`` or ``MOST_BYTES_IN_ALL``, ``mistake`` if the
        member is missing or damaged.
        """
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
