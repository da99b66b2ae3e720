"""Cuts pages into passages at the ends of sentences, or within a sentence that is too long for one passage."""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from processing.text.headings import is_heading
from processing.types import Page, Passage

# The next five lengths are in Latin letters (``measure_length``).
TARGET_CHARACTERS = 900
# A passage that has reached this length ends with its paragraph at the latest, unless the paragraph is a heading.
PARAGRAPH_CHARACTERS = 630
# A passage that has reached this length ends before the next heading at the latest.
SECTION_CHARACTERS = 450
# To a shorter passage the next sentence is added even if both together are longer than the target, unless a page,
# ``MOST_BYTES`` or the embedder's tokens forbid it.
FEWEST_CHARACTERS = 300
# Sentences longer than this are halved: a whole Thai text may be one sentence, because Thai has no full stops.
LONGEST_CHARACTERS = 1200
# Lines are cut at this length before anything searches them for sentences, which would stop all other threads.
LONGEST_LINE = 20_000
# A place to halve a sentence is looked for so many characters around its middle. Where that finds a letter with more
# marks than any writing has, the marks are cut apart.
REACH, MOST_MARKS = 300, 30
# The compressed text of a passage may take this many bytes. In the film it is a QR code of at most 2,953 bytes, which
# holds base64 of gzip of JSON: 1,800 bytes of text become about 2,480.
MOST_BYTES = 1800
# Compression hardly shortens texts of up to this many bytes, so these are counted as they are.
SMALL_BYTES = 150
# A Chinese character holds about as much information as 2.5 Latin letters. Lengths are counted in Latin letters,
# so that passages hold about as much information in all scripts.
WIDE = re.compile(r"[\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]")
LETTERS_PER_WIDE = 2.5
# A sentence ends with its punctuation and the white space after it, unless a lower-case Latin letter follows. Chinese
# and Japanese punctuation needs no white space.
SENTENCE = re.compile(
    r".+?(?:[.!?…؟۔।॥።][\"'»”’)\]]*(?=\s++(?![a-zà-ÿ])|$)|[。！？]+[」』”’）]*|$)\s*",
    re.DOTALL,
)
ENDS_SENTENCE = re.compile(r"[.!?…:;؟۔।॥።。！？][\"'»”’)\]」』）]*\s*$")
CountTokens = Callable[[str], int]


@dataclass(frozen=True, slots=True)
class Piece:
    """A sentence or a part of one. ``joint`` (a line break, a space or nothing) is put between the piece before and it.

    ``Cutter.split`` measures ``tokens`` (without special tokens), ``bytes`` (compressed) and ``length`` (in Latin
    letters).
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
    for piece in iterate_pieces(pages):
        for part in cutter.split(piece):
            yield from cutter.take(part)
    yield from cutter.finish()


class Cutter:
    """Collects the pieces of one passage at a time."""

    def __init__(self, count_tokens: CountTokens, max_tokens: int) -> None:
        self._count, self._max_tokens = count_tokens, max_tokens
        # The number of the model's special tokens. They are counted with every piece, but a passage has them only once.
        self._special_tokens = count_tokens("")
        self._index = 0
        self._held: list[Piece] = []

    def split(self, piece: Piece) -> Iterator[Piece]:
        """Yield the piece with its measures. If it is too long, halve it until every part fits."""
        length = measure_length(piece.text)
        # Tokens are counted of short texts only: counting those of a long one stops all other threads for seconds.
        if length <= LONGEST_CHARACTERS:
            tokens, size = self._count(piece.text), measure_packed(piece.text)
            if len(piece.text) == 1 or (tokens <= self._max_tokens and size <= MOST_BYTES):
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
        # People look an answer up on its page, so a page begins a new passage, unless a sentence of the page before
        # goes on there (its ``joint`` is a space) or the passage so far ends in a heading.
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
        whole. A heading at the end is left for the next passage, which holds the text under it, unless the piece before
        is a heading as well, or no text follows (``last``).
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
    """Return about how many bytes the text takes once it is compressed for the film, but not yet encoded as base64."""
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


def iterate_pieces(pages: Iterable[Page]) -> Iterator[Piece]:
    """Yield the sentences of all pages, each with the heading above it; a heading has itself.

    ``joint`` is a line break before the first sentence of a line, and nothing before the others, because each sentence
    includes the white space after it. It is a space if a sentence seems to go on on a new page: the last line of the
    page before neither ends a sentence nor is a heading, and the new page begins in lower case.
    """
    heading, unfinished = "", False
    for page in pages:
        for block in filter(str.strip, page.text.split("\n")):
            titled = is_heading(block)
            heading = block.strip() if titled else heading
            joint = " " if unfinished and block.lstrip()[:1].islower() else "\n"
            for sentence in iterate_sentences(block):
                yield Piece(sentence, page.number, joint, heading, titled)
                joint = ""
            unfinished = False
            last = block
        unfinished = bool(page.text.strip()) and not titled and not ENDS_SENTENCE.search(last)


def iterate_sentences(line: str) -> Iterator[str]:
    """Yield the sentences of a line that are not blank, each with the white space after it."""
    start = 0
    while start < len(line):
        # A long line is cut behind a space, if there is one near the end of the part.
        most = start + LONGEST_LINE
        end = most if most >= len(line) else line.rfind(" ", most - REACH, most) + 1 or most
        yield from filter(str.strip, SENTENCE.findall(line[start:end]))
        start = end


def find_middle(text: str) -> int:
    """Return the offset behind the white space, comma or semicolon nearest to the middle.

    If there is none nearby, return the middle, moved behind the combining marks of its letter.
    """
    middle = len(text) // 2
    for reach in range(min(REACH, max(1, middle))):
        for offset in (middle - reach, middle + reach):
            if 0 < offset < len(text) and text[offset - 1] in " \t,，、；;":
                return offset
    marks = 0
    while middle + marks < len(text) - 1 and unicodedata.category(text[middle + marks]).startswith("M"):
        marks += 1
    return max(1, middle + marks if marks <= MOST_MARKS else middle)
