"""Limits on one document: checked before the download, and while its pages are read."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Self

from errors import UserMistake
from processing.formats.recognise import get_extension
from processing.formats.table import ARCHIVE, BY_EXTENSION, BY_KIND, UNREADABLE, WRONG_KIND, Content
from processing.types import Page, Passage
from settings import Settings

MEGABYTE = 1024 * 1024
# What is made of a file, as a multiple of its size: 14 to 16 times that of a text, about twice that of a film. How much
# text the other formats hold is not known before they are read: of PDFs without pictures 6 to 10 times their size is
# made, of others less. ``reserve_for_passages`` of ``space.py`` corrects it then.
MADE_OF_TEXT, MADE_OF_FILM, MADE_OF_OTHERS = 15, 2, 1


@dataclass(frozen=True, slots=True)
class SizeLimits:
    """The most pages, characters and passages that a document may have.

    Every method raises ``UserMistake`` with the limit as a fact, and ``count`` where the number is known.
    """

    pages: int
    characters: int
    passages: int

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        return cls(settings.max_pages, settings.max_characters, settings.max_passages)

    def check_total(self, kind: str, total: int | None) -> None:
        """Check what a file of this kind says about itself: the number of its pages, or of a film's passages."""
        key, limit = ("too_many_passages", self.passages) if kind == ARCHIVE else ("too_many_pages", self.pages)
        if total is not None and total > limit:
            raise UserMistake(key, count=total, limit=limit)

    def watch_pages(self, pages: Iterable[Page]) -> Iterator[Page]:
        """Yield the pages up to the first that is too many."""
        characters = 0
        for count, page in enumerate(pages, 1):
            characters += len(page.text)
            self._check_text(max(page.number, count), characters)
            yield page

    def watch_passages(self, passages: Iterable[Passage]) -> Iterator[Passage]:
        """Yield the passages up to the first that is too many."""
        for count, passage in enumerate(passages, 1):
            if count > self.passages:
                raise UserMistake("over_max_passages", limit=self.passages)
            yield passage

    def watch_film(self, passages: Iterable[Passage]) -> Iterator[Passage]:
        """Yield the passages of a film, which stand for its pages too, up to the first that is too many."""
        characters = 0
        for passage in self.watch_passages(passages):
            characters += len(passage.text)
            self._check_text(passage.last_page, characters)
            yield passage

    def _check_text(self, pages: int, characters: int) -> None:
        if pages > self.pages:
            raise UserMistake("over_max_pages", limit=self.pages)
        if characters > self.characters:
            raise UserMistake("over_max_characters", limit=self.characters)


def check_offered(name: str | None, size: int | None, *, max_bytes: int, free_bytes: int, kind: str = "") -> None:
    """Raise ``UserMistake`` for a file that is empty, too large, over the quota or of a kind that can't be read.

    ``size`` is in bytes; sizes and names that are not known are accepted. Without ``kind`` the name shows the format.
    """
    extension = get_extension(name or "")
    if size == 0:
        raise UserMistake("file_empty")
    if size is not None and size > max_bytes:
        raise UserMistake("too_large", size_mb=count_megabytes(size), limit_mb=max_bytes // MEGABYTE)
    if extension in UNREADABLE:
        raise UserMistake(WRONG_KIND, extension=extension)
    if size is not None:
        row = BY_EXTENSION.get(extension)
        check_space(expect_bytes(kind or (row.kind if row else ""), size), free_bytes)


def check_space(needed: int, free_bytes: int) -> None:
    """Raise ``UserMistake("over_quota")`` if ``needed`` bytes are more than ``free_bytes``."""
    if needed > free_bytes:
        free_mb = max(0, math.floor(free_bytes / MEGABYTE * 10) / 10)
        raise UserMistake("over_quota", needed_mb=count_megabytes(needed), free_mb=free_mb)


def expect_bytes(kind: str, size: int) -> int:
    """Return the bytes to reserve for a file before it is read: its own and what will be made of it."""
    row = BY_KIND.get(kind)
    if row is not None and row.holds_passages:
        return size * (1 + MADE_OF_FILM)
    return size * (1 + (MADE_OF_TEXT if row is not None and row.content is Content.TEXT else MADE_OF_OTHERS))


def count_megabytes(size: int) -> float:
    """Return bytes as megabytes, rounded up to a tenth so that a file over the limit does not seem to be within it."""
    return math.ceil(size / MEGABYTE * 10) / 10
