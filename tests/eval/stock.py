"""Searches a text with memvid as it is published: its chunks, its model, its index."""

from __future__ import annotations

from pathlib import Path

from tests.eval.measure import DEPTH, Span, find_rank
from tests.eval.xquad import Reading, count_letters, list_starts


def rank_stock(reading: Reading, model_folder: Path) -> tuple[int, list[int | None]]:
    """As ``product.rank_answers``. memvid's index is asked directly, as its retriever does, without the video."""
    from memvid.config import DEFAULT_CHUNK_SIZE, DEFAULT_OVERLAP, get_default_config
    from memvid.index import IndexManager
    from memvid.utils import chunk_text

    kept = range(len(reading.paragraphs))
    text = reading.join(kept)
    chunks = chunk_text(text, DEFAULT_CHUNK_SIZE, DEFAULT_OVERLAP)
    config = get_default_config()
    config["embedding"]["model"] = str(model_folder)
    index = IndexManager(config)
    index.add_chunks(chunks, list(range(len(chunks))), show_progress=False)
    texts = [entry["text"] for entry in index.metadata]
    spans, starts = locate_chunks(text, texts), list_starts(reading, kept)
    ranks = [
        find_rank((int(hit[0]) for hit in index.search(asked.question, DEPTH)), spans, asked, starts[asked.paragraph])
        for asked in reading.asked
    ]
    return len(spans), ranks


def locate_chunks(text: str, chunks: list[str]) -> list[Span]:
    """The span of each chunk in the text, counted in characters that are not white space.

    Chunks overlap, and each begins after the beginning of the one before.
    """
    spans, offset = list[Span](), -1
    for chunk in chunks:
        offset = text.index(chunk, offset + 1)
        before = count_letters(text[:offset])
        spans.append((before, before + count_letters(chunk)))
    return spans
