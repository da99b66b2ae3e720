"""Cuts what is read as its own language and the embedder ask for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from processing.chunking.passages import cut_passages
from processing.language.detect import SAMPLE_CHARACTERS, detect_language
from processing.ports import Embedder
from processing.retrieval.dense import knows_language
from processing.types import Page, Passage


def cut_for(embedder: Embedder, pages: Iterable[Page]) -> Iterator[Passage]:
    """Passages in reading order, streaming behind the first pages, by which the language is recognised.

    A model that knows the language reads every passage whole. One that does not has no vote on it; it would take each
    letter for a token, and passages cut to its measure would be too short to hold an answer.
    """
    pages, first, length = iter(pages), list[Page](), 0
    while length < SAMPLE_CHARACTERS and (page := next(pages, None)) is not None:
        first.append(page)
        length += len(page.text)
    language = detect_language("\n".join(page.text for page in first))
    count = embedder.count_tokens if knows_language(embedder.model, language) else count_nothing
    yield from cut_passages(chain(first, pages), count, embedder.max_tokens)


def count_nothing(_text: str) -> int:
    return 0
