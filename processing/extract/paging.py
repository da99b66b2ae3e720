"""Makes pages for formats that have none: about 3,000 characters each, ended where a block of text ends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from processing.types import Page

PAGE_CHARACTERS = 3000
# No sheet of paper holds more.
LAID_OUT_CHARACTERS = 30_000
BREAK = "\f"


def page_blocks(blocks: Iterable[str], *, laid_out: bool = False) -> Iterator[Page]:
    """Fill pages with blocks of text (paragraphs or lines); a block that is ``BREAK`` begins a new page.

    A block longer than a page is cut at a space, so that a page is always short enough to look something up in it.
    With ``laid_out`` the breaks of the document are its pages, and only ``LAID_OUT_CHARACTERS`` limits them.
    """
    limit = LAID_OUT_CHARACTERS if laid_out else PAGE_CHARACTERS
    number, held, length = 1, list[str](), 0
    for block in (part for whole in blocks for part in split_block(whole, limit)):
        if held and (block == BREAK or length + len(block) > limit):
            yield Page(number, "\n".join(held).strip())
            number, held, length = number + 1, [], 0
        if block != BREAK and (held or block.strip()):
            held.append(block)
            length += len(block)
    if held:
        yield Page(number, "\n".join(held).strip())


def split_block(block: str, limit: int) -> Iterator[str]:
    while len(block) > limit:
        cut = block.rfind(" ", limit // 2, limit)
        cut = cut + 1 if cut > 0 else limit
        yield block[:cut]
        block = block[cut:]
    yield block
