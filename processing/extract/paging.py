"""Makes pages for formats that have none: about 3,000 characters each, and a page ends with a block of text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from processing.types import Page

PAGE_CHARACTERS = 3000
# The longest page of a document that is laid out on sheets of paper, none of which holds more.
LAID_OUT_CHARACTERS = 30_000
BREAK = "\f"


def page_blocks(blocks: Iterable[str], *, laid_out: bool = False) -> Iterator[Page]:
    """Yield pages of about ``PAGE_CHARACTERS`` at most.

    A block is a paragraph, a line, or ``BREAK``, which begins a new page.

    A block longer than a page is cut, at a space if there is one, so that people can find a passage on its page. With
    ``laid_out`` the breaks are those of the document's own pages, and pages may have up to ``LAID_OUT_CHARACTERS``.
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
