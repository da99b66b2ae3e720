"""Cuts a document into passages that fit the embedder, if the embedder knows the document's language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from processing.chunking.passages import cut_passages
from processing.language.detect import SAMPLE_CHARACTERS, detect_language
from processing.language.model_languages import knows_language
from processing.ports import Embedder
from processing.types import Page, Passage


def cut_document(embedder: Embedder, pages: Iterable[Page]) -> Iterator[Passage]:
    """Yield the passages in reading order. Only the first pages, which show the language, are read ahead.

    If the embedder knows the language, no passage has more tokens than it reads. Otherwise tokens do not count: its
    vectors are not used, and as it takes each letter for a token, passages would be too short to hold an answer.
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
