"""Cuts pages into passages: at sentences, within what the embedder reads, with the pages each stands on."""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from processing.text.headings import is_heading
from processing.types import Page, Passage

TARGET_CHARACTERS = 900
# Near enough to the target to end with a paragraph, or with a section under a new heading.
PARAGRAPH_CHARACTERS = 630
SECTION_CHARACTERS = 450
# Too little to stand alone: it takes the next sentence, even a long one.
FEWEST_CHARACTERS = 300
# One sentence may be a little longer than the target; more is halved, as Thai has no full stops.
LONGEST_CHARACTERS = 1200
# A QR code holds 2,953 bytes, of which the text gets these once it is compressed.
MOST_BYTES = 1800
SMALL_BYTES = 150
# One Chinese sign says as much as these Latin letters: passages are alike in what they say, not in signs.
WIDE = re.compile(r"[\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]")
LETTERS_A_WIDE_SIGN = 2.5
# A sentence ends at its mark and the white space after it, unless the next word goes on in lower case; Chinese and
# Japanese marks need no space.
SENTENCE = re.compile(
    r".+?(?:[.!?…؟۔।॥።][\"'»”’)\]]*(?=\s++(?![a-zà-ÿ])|$)|[。！？]+[」』”’）]*|$)\s*",
    re.DOTALL,
)
ENDS_SENTENCE = re.compile(r"[.!?…:;؟۔।॥።。！？][\"'»”’)\]」』）]*\s*$")
CountTokens = Callable[[str], int]


@dataclass(frozen=True, slots=True)
class Piece:
    """A sentence or a part of one; ``joint`` is what stands between it and the piece before."""

    text: str
    page: int
    joint: str
    heading: str
    is_heading: bool = False
    tokens: int = 0
    bytes: int = 0
    length: float = 0.0


def cut_passages(pages: Iterable[Page], count_tokens: CountTokens, max_tokens: int = 256) -> Iterator[Passage]:
    """Passages of about ``TARGET_CHARACTERS``, never over ``max_tokens`` tokens, in reading order, streaming.

    Nothing is lost: the passages' texts, one after the other, are the pages' texts up to white space.
    """
    cutter = Cutter(count_tokens, max_tokens)
    for piece in list_pieces(pages):
        for part in cutter.split(piece):
            yield from cutter.take(part)
    yield from cutter.finish()


class Cutter:
    """Holds the pieces of the passage that is growing."""

    def __init__(self, count_tokens: CountTokens, max_tokens: int) -> None:
        self._count, self._max_tokens = count_tokens, max_tokens
        # The model's own marks, counted with every piece and needed once.
        self._marks = count_tokens("")
        self._index = 0
        self._held: list[Piece] = []

    def split(self, piece: Piece) -> Iterator[Piece]:
        """The piece measured, or halves of it as long as one is too long."""
        tokens, size, length = self._count(piece.text), measure_packed(piece.text), measure_length(piece.text)
        if len(piece.text) == 1 or (tokens <= self._max_tokens and size <= MOST_BYTES and length <= LONGEST_CHARACTERS):
            yield replace(piece, tokens=tokens - self._marks, bytes=size, length=length)
            return
        middle = find_middle(piece.text)
        yield from self.split(replace(piece, text=piece.text[:middle]))
        yield from self.split(replace(piece, text=piece.text[middle:], joint=""))

    def take(self, piece: Piece) -> Iterator[Passage]:
        if self._held and not self._fits(piece):
            yield from self._cut()
        self._held.append(piece)

    def finish(self) -> Iterator[Passage]:
        while self._held:
            yield from self._cut(last=True)

    def _fits(self, piece: Piece) -> bool:
        """Whether the piece still belongs: same page, within the model, near the target, not under a new heading."""
        tokens, size, length = self._measure()
        # A person looks the answer up on the page that is named: only a sentence cut by the page's end goes over it.
        if piece.page != self._held[-1].page and piece.joint == "\n" and not self._held[-1].is_heading:
            return False
        if self._marks + tokens + piece.tokens > self._max_tokens or size + piece.bytes + 1 > MOST_BYTES:
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
        """The longest passage that the model reads whole and a code holds; what it leaves begins the next one.

        Counts of pieces add up but for pieces of one word, so the whole is counted once more. A heading is left to
        the text under it.
        """
        end = len(self._held)
        while not last and end > 1 and self._held[end - 1].is_heading and not self._held[end - 2].is_heading:
            end -= 1
        while end > 1 and not self._is_whole(render_text(self._held[:end])):
            end -= 1
        pieces, self._held = self._held[:end], self._held[end:]
        yield make_passage(self._index, pieces)
        self._index += 1

    def _is_whole(self, text: str) -> bool:
        return self._count(text) <= self._max_tokens and measure_packed(text) <= MOST_BYTES


def measure_length(text: str) -> float:
    """In Latin letters: Chinese says the same with fewer signs."""
    return len(text) + (LETTERS_A_WIDE_SIGN - 1) * len(WIDE.findall(text))


def measure_packed(text: str) -> int:
    """Bytes in a frame, where texts are compressed; the small ones go as they are counted."""
    raw = text.encode()
    return len(raw) if len(raw) <= SMALL_BYTES else min(len(raw), len(zlib.compress(raw)))


def make_passage(index: int, pieces: list[Piece]) -> Passage:
    heading = next((piece.heading for piece in pieces if piece.heading), "")
    return Passage(index, render_text(pieces), pieces[0].page, pieces[-1].page, heading, find_page_breaks(pieces))


def find_page_breaks(pieces: list[Piece]) -> tuple[tuple[int, int], ...]:
    """Where in the passage's text a further page begins, as (place, page)."""
    starts = (
        (len(render_text([*pieces[:place], replace(piece, text="")])), piece.page)
        for place, piece in enumerate(pieces)
        if place and piece.page != pieces[place - 1].page
    )
    return tuple(starts)


def render_text(pieces: list[Piece]) -> str:
    return "".join(piece.joint * (place > 0) + piece.text for place, piece in enumerate(pieces)).strip()


def list_pieces(pages: Iterable[Page]) -> Iterator[Piece]:
    """Sentences, with the heading above each; one that runs over the end of a page goes on with a space."""
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
    """The place nearest to the middle behind a space or a comma; else the middle, not within a written sign."""
    middle = len(text) // 2
    for reach in range(max(1, middle)):
        for place in (middle - reach, middle + reach):
            if 0 < place < len(text) and text[place - 1] in " \t,，、；;":
                return place
    while middle < len(text) - 1 and unicodedata.category(text[middle]).startswith("M"):
        middle += 1
    return max(1, middle)
