"""Cuts pages into passages at the ends of sentences. Passages fit the embedder, and know their pages."""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from processing.text.headings import is_heading
from processing.types import Page, Passage

TARGET_CHARACTERS = 900
# A passage of at least the first length ends at the end of a paragraph, one of at least the second before a heading.
PARAGRAPH_CHARACTERS = 630
SECTION_CHARACTERS = 450
# To a passage shorter than this the next sentence is added even if it goes beyond the target.
FEWEST_CHARACTERS = 300
# Sentences longer than this are halved: a whole Thai text may be one sentence, because Thai has no full stops.
LONGEST_CHARACTERS = 1200
# A QR code holds 2,953 bytes, and the compressed text of a passage may take this many of them. Compression does not
# shorten texts of up to SMALL_BYTES, so these are counted as they are.
MOST_BYTES = 1800
SMALL_BYTES = 150
# A Chinese character holds about as much information as 2.5 Latin letters. Lengths of passages are counted in Latin
# letters, so that passages hold about as much information in all scripts.
WIDE = re.compile(r"[\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]")
LETTERS_PER_WIDE = 2.5
# A sentence ends with its punctuation and the white space after it, unless the next word is in lower case. Chinese and
# Japanese punctuation needs no white space.
SENTENCE = re.compile(
    r".+?(?:[.!?…؟۔।॥።][\"'»”’)\]]*(?=\s++(?![a-zà-ÿ])|$)|[。！？]+[」』”’）]*|$)\s*",
    re.DOTALL,
)
ENDS_SENTENCE = re.compile(r"[.!?…:;؟۔।॥።。！？][\"'»”’)\]」』）]*\s*$")
CountTokens = Callable[[str], int]


@dataclass(frozen=True, slots=True)
class Piece:
    """A sentence or a part of one. ``joint`` is the white space between the piece before and this one.

    ``tokens``, ``bytes`` (compressed) and ``length`` (in Latin letters) are measured by ``Cutter.split``.
    """

    text: str
    page: int
    joint: str
    heading: str
    is_heading: bool = False
    tokens: int = 0
    bytes: int = 0
    length: float = 0.0


def cut_passages(pages: Iterable[Page], count_tokens: CountTokens, max_tokens: int = 256) -> Iterator[Passage]:
    """Yield passages of about ``TARGET_CHARACTERS`` and at most ``max_tokens`` tokens, in reading order.

    Nothing is lost: the texts of all passages together are those of the pages, white space apart.
    """
    cutter = Cutter(count_tokens, max_tokens)
    for piece in list_pieces(pages):
        for part in cutter.split(piece):
            yield from cutter.take(part)
    yield from cutter.finish()


class Cutter:
    """Collects the pieces of one passage at a time."""

    def __init__(self, count_tokens: CountTokens, max_tokens: int) -> None:
        self._count, self._max_tokens = count_tokens, max_tokens
        # The model's special tokens, which are counted with every piece and needed once.
        self._special_tokens = count_tokens("")
        self._index = 0
        self._held: list[Piece] = []

    def split(self, piece: Piece) -> Iterator[Piece]:
        """Yield the piece with its measures. If it is too long, halve it until every part fits."""
        tokens, size, length = self._count(piece.text), measure_packed(piece.text), measure_length(piece.text)
        if len(piece.text) == 1 or (tokens <= self._max_tokens and size <= MOST_BYTES and length <= LONGEST_CHARACTERS):
            yield replace(piece, tokens=tokens - self._special_tokens, bytes=size, length=length)
            return
        middle = find_middle(piece.text)
        yield from self.split(replace(piece, text=piece.text[:middle]))
        yield from self.split(replace(piece, text=piece.text[middle:], joint=""))

    def take(self, piece: Piece) -> Iterator[Passage]:
        """Add the piece to the passage that is being collected. If it does not fit, yield that passage first."""
        if self._held and not self._fits(piece):
            yield from self._cut()
        self._held.append(piece)

    def finish(self) -> Iterator[Passage]:
        while self._held:
            yield from self._cut(last=True)

    def _fits(self, piece: Piece) -> bool:
        """Return whether the piece can be added to the passage that is being collected."""
        tokens, size, length = self._measure()
        # People look an answer up on its page, so passages end with their page, except within a sentence that goes on
        # on the next page, and after a heading at the end of a page.
        if piece.page != self._held[-1].page and piece.joint == "\n" and not self._held[-1].is_heading:
            return False
        if self._special_tokens + tokens + piece.tokens > self._max_tokens or size + piece.bytes + 1 > MOST_BYTES:
            return False
        if piece.is_heading and length >= SECTION_CHARACTERS:
            return False
        if piece.joint == "\n" and length >= PARAGRAPH_CHARACTERS and not self._held[-1].is_heading:
            return False
        return length + piece.length <= TARGET_CHARACTERS or length < FEWEST_CHARACTERS

    def _measure(self) -> tuple[int, int, float]:
        held = self._held
        return sum(p.tokens for p in held), sum(p.bytes + 1 for p in held), sum(p.length for p in held)

    def _cut(self, *, last: bool = False) -> Iterator[Passage]:
        """Yield the longest passage within the limits; the pieces left over begin the next one.

        The text is counted again as a whole: if two pieces share a word, the sum of their tokens is not that of the
        whole. Headings at the end are left for the next passage, which holds the text under them.
        """
        end = len(self._held)
        while not last and end > 1 and self._held[end - 1].is_heading and not self._held[end - 2].is_heading:
            end -= 1
        while end > 1 and not self._is_within_limits(render_text(self._held[:end])):
            end -= 1
        pieces, self._held = self._held[:end], self._held[end:]
        yield make_passage(self._index, pieces)
        self._index += 1

    def _is_within_limits(self, text: str) -> bool:
        return self._count(text) <= self._max_tokens and measure_packed(text) <= MOST_BYTES


def measure_length(text: str) -> float:
    """Return the length in Latin letters."""
    return len(text) + (LETTERS_PER_WIDE - 1) * len(WIDE.findall(text))


def measure_packed(text: str) -> int:
    """Return about how many bytes the text takes in a frame of the film, which holds it compressed."""
    raw = text.encode()
    return len(raw) if len(raw) <= SMALL_BYTES else min(len(raw), len(zlib.compress(raw)))


def make_passage(index: int, pieces: list[Piece]) -> Passage:
    heading = next((piece.heading for piece in pieces if piece.heading), "")
    return Passage(index, render_text(pieces), pieces[0].page, pieces[-1].page, heading, find_page_breaks(pieces))


def find_page_breaks(pieces: list[Piece]) -> tuple[tuple[int, int], ...]:
    """Return where in the passage's text each further page begins, as (offset, page)."""
    starts = (
        (len(render_text([*pieces[:index], replace(piece, text="")])), piece.page)
        for index, piece in enumerate(pieces)
        if index and piece.page != pieces[index - 1].page
    )
    return tuple(starts)


def render_text(pieces: list[Piece]) -> str:
    return "".join(piece.joint * (index > 0) + piece.text for index, piece in enumerate(pieces)).strip()


def list_pieces(pages: Iterable[Page]) -> Iterator[Piece]:
    """Yield the sentences of all pages, each with the heading above it.

    A sentence that goes on on the next page is two pieces, and the second has a space as its ``joint``.
    """
    heading, unfinished = "", False
    for page in pages:
        for block in filter(str.strip, page.text.split("\n")):
            titled = is_heading(block)
            heading = block.strip() if titled else heading
            joint = " " if unfinished and block.lstrip()[:1].islower() else "\n"
            for sentence in SENTENCE.findall(block):
                if sentence.strip():
                    yield Piece(sentence, page.number, joint, heading, titled)
                    joint = ""
            unfinished = False
            last = block
        unfinished = bool(page.text.strip()) and not titled and not ENDS_SENTENCE.search(last)


def find_middle(text: str) -> int:
    """Return the offset behind the space or comma nearest to the middle.

    If there is none, return the middle, moved behind the combining marks of its letter.
    """
    middle = len(text) // 2
    for reach in range(max(1, middle)):
        for offset in (middle - reach, middle + reach):
            if 0 < offset < len(text) and text[offset - 1] in " \t,，、；;":
                return offset
    while middle < len(text) - 1 and unicodedata.category(text[middle]).startswith("M"):
        middle += 1
    return max(1, middle)
