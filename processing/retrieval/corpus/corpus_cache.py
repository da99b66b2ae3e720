"""Keeps the corpora of tenants in memory, and makes the sketches that are missing."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from db import models
from db.engine import Database
from db.operations import sketches
from db.operations.documents import SomeDocument
from processing.retrieval.corpus.corpus import Corpus, build_corpus
from processing.retrieval.corpus.sketch import FORMAT, Sketch, read_sketch, sketch_meaning, sketch_words
from processing.retrieval.search import LoadedIndex

# Rows read at a time, and sketches made before they are committed.
ROWS_AT_ONCE, MADE_AT_ONCE = 500, 100
Version = tuple[str, int | None, int | None]
Open = Callable[[SomeDocument], LoadedIndex]


@dataclass(frozen=True, slots=True)
class Held:
    """A corpus and the versions of its documents, in its order."""

    versions: tuple[Version, ...]
    corpus: Corpus


class CorpusCache:
    """The corpora of this process, the least recently used dropped first. One is kept even if it is larger.

    Vectors that another ``model`` than this one has made are left out.
    """

    def __init__(self, database: Database, max_bytes: int, model: str) -> None:
        self.database, self.max_bytes, self.model = database, max_bytes, model
        self._held: OrderedDict[int, Held] = OrderedDict()
        self._lock = threading.Lock()

    def get_corpus(self, documents: Sequence[SomeDocument], open_index: Open) -> Corpus:
        """Return the corpus of these documents of one tenant, in their order.

        A document that was changed or added since the last call is read from its stored sketch. One without a sketch
        is opened with ``open_index``, and its sketch is stored.
        """
        tenant_id = documents[0].tenant_id
        versions = tuple(make_version(document) for document in documents)
        with self._lock:
            held = self._held.get(tenant_id)
        if held is None or held.versions != versions:
            held = Held(versions, self._build(documents, held, open_index))
        with self._lock:
            self._held[tenant_id] = held
            self._held.move_to_end(tenant_id)
            self._make_room()
        return held.corpus

    def measure_bytes(self) -> int:
        with self._lock:
            return sum(held.corpus.measure_bytes() for held in self._held.values())

    def _build(self, documents: Sequence[SomeDocument], held: Held | None, open_index: Open) -> Corpus:
        known = dict(zip(held.versions, held.corpus.list_sketches(), strict=True)) if held else {}
        missing = [document for document in documents if make_version(document) not in known]
        for start in range(0, len(missing), ROWS_AT_ONCE):
            known |= self._load(missing[start : start + ROWS_AT_ONCE])
        unknown = [document for document in missing if make_version(document) not in known]
        for start in range(0, len(unknown), MADE_AT_ONCE):
            known |= self._make(unknown[start : start + MADE_AT_ONCE], open_index)
        return build_corpus([known[make_version(document)] for document in documents])

    def _load(self, documents: Sequence[SomeDocument]) -> dict[Version, Sketch]:
        """Return the stored sketches that were made from the versions in use."""
        tenant_id = documents[0].tenant_id
        with self.database.tenant(tenant_id, reading=True) as session:
            rows = sketches.list_sketches(session, tenant_id, [document.id for document in documents])
        stored = {row.document_id: row for row in rows if row.format == FORMAT}
        found: dict[Version, Sketch] = {}
        for document in documents:
            row = stored.get(document.id)
            if row is None or row.words_version != document.words_version:
                continue
            if document.archive_version is None:
                found[make_version(document)] = read_sketch(row.words, None)
            elif row.archive_version == document.archive_version:
                found[make_version(document)] = self._read(document, row.words, row.meaning)
        return found

    def _make(self, documents: Sequence[SomeDocument], open_index: Open) -> dict[Version, Sketch]:
        """Make the sketches of documents that have none, and store them."""
        rows = [make_row(document, open_index(document)) for document in documents]
        tenant_id = documents[0].tenant_id
        with self.database.tenant(tenant_id) as session:
            for row in rows:
                sketches.put_sketch(session, tenant_id, row)
        return {
            make_version(document): self._read(document, row.words, row.meaning)
            for document, row in zip(documents, rows, strict=True)
        }

    def _read(self, document: SomeDocument, words: bytes, meaning: bytes | None) -> Sketch:
        return read_sketch(words, meaning if document.model == self.model else None)

    def _make_room(self) -> None:
        while len(self._held) > 1 and sum(held.corpus.measure_bytes() for held in self._held.values()) > self.max_bytes:
            self._held.popitem(last=False)


def make_version(document: SomeDocument) -> Version:
    return document.id, document.words_version, document.archive_version


def make_row(document: SomeDocument, loaded_index: LoadedIndex) -> models.Sketch:
    assert document.words_version is not None
    texts = [passage.text for passage in loaded_index.passages]
    return models.Sketch(
        document_id=document.id,
        format=FORMAT,
        words_version=document.words_version,
        words=sketch_words(texts, loaded_index.lexical.language),
        archive_version=document.archive_version,
        meaning=sketch_meaning(loaded_index.vectors) if loaded_index.vectors is not None else None,
    )
