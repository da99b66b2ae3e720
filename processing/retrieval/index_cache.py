"""Keeps documents in memory for searching, and drops the least recently used ones if they take too much memory."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from db.models import Document
from errors import EmbeddingsUnavailable
from processing.archive import check_hashes, read_vectors
from processing.ports import Embedder, Storage
from processing.retrieval.index_file import read_index
from processing.retrieval.lexical import LexicalIndex, build_lexical
from processing.retrieval.passage_file import read_passages
from processing.retrieval.relevance import is_certain, is_relevant
from processing.retrieval.search import LoadedIndex, search
from processing.retrieval.sentences import find_answer_sentence
from processing.types import Hit, Passage, Quote
from storage.keys import attempt_prefix, index_key, passages_key

VECTORS = "archive.faiss"
Key = tuple[str, int | None, int | None]


class IndexCache:
    """The loaded indexes of this process. A document is loaded again if its words or its archive have a new version.

    ``max_bytes`` bounds their estimated size; one index is kept even if it is larger.
    """

    def __init__(self, storage: Storage, embedder: Embedder, max_bytes: int = 1 << 30) -> None:
        self.storage, self.embedder, self.max_bytes = storage, embedder, max_bytes
        self._loaded_indexes: OrderedDict[Key, tuple[LoadedIndex, int]] = OrderedDict()
        self._lock = threading.Lock()

    def list_quotes(
        self, documents: Sequence[Document], question: str, limit: int, *, strict: bool = False
    ) -> tuple[Quote, ...]:
        """Return the passages of these documents that answer best, the best first, with the best sentence marked.

        If the server that makes vectors is unavailable, passages are found by words alone. With ``strict`` a quote is
        ``relevant`` only if its passage certainly answers (``is_certain``).
        """
        loaded_indexes = LazyIndexes(self, documents)
        by_id = {document.id: document for document in documents}
        try:
            hits = search(loaded_indexes, question, self.embedder, limit)
        except EmbeddingsUnavailable:
            hits = search(loaded_indexes, question, None, limit)
        return tuple(make_quote(hit, by_id[hit.document_id], question, strict=strict) for hit in hits)

    def list_openings(self, documents: Sequence[Document], limit: int) -> tuple[Quote, ...]:
        """Return the first passages of each document, at most ``limit`` in all. Further documents are left out."""
        share = max(1, limit // max(1, len(documents)))
        return tuple(
            make_plain_quote(passage, document)
            for document in documents[:limit]
            for passage in self.open_index(document).passages[:share]
        )

    def open_index(self, document: Document) -> LoadedIndex:
        """Return the document's index. It is loaded from storage if it is not in memory."""
        key = (document.id, document.words_version, document.archive_version)
        with self._lock:
            if key in self._loaded_indexes:
                self._loaded_indexes.move_to_end(key)
                return self._loaded_indexes[key][0]
        loaded_index = self._load(document)
        with self._lock:
            self._loaded_indexes[key] = (loaded_index, estimate_bytes(loaded_index))
            self._make_room()
        return loaded_index

    def measure_bytes(self) -> int:
        """Return the estimated size of all loaded indexes in bytes."""
        with self._lock:
            return self._sum_bytes()

    def list_document_ids(self) -> set[str]:
        with self._lock:
            return {key[0] for key in self._loaded_indexes}

    def drop(self, document_ids: Collection[str]) -> None:
        with self._lock:
            for key in [key for key in self._loaded_indexes if key[0] in document_ids]:
                del self._loaded_indexes[key]

    def _load(self, document: Document) -> LoadedIndex:
        assert document.words_version is not None
        with self.storage.local_copy(passages_key(document.tenant_id, document.id, document.words_version)) as path:
            passages = list(read_passages(path))
        lexical = self._find_index(document) or build_lexical([passage.text for passage in passages])
        vectors = None
        if document.archive_version is not None:
            key = attempt_prefix(document.tenant_id, document.id, document.archive_version) + VECTORS
            with self.storage.local_copy(key) as path:
                check_hashes({VECTORS: path}, document.hashes)
                vectors = read_vectors(path)
        return LoadedIndex(document.id, document.name, passages, lexical, vectors, document.model or "")

    def _find_index(self, document: Document) -> LexicalIndex | None:
        """Return the index that a worker stored, or None if there is none, it has another format or cannot be read."""
        key = index_key(document.tenant_id, document.id, document.words_version or 0)
        if not self.storage.exists(key):
            return None
        with self.storage.local_copy(key) as path:
            return read_index(path)

    def _make_room(self) -> None:
        """Drop indexes, the least recently used first; the newest stays, however large it is."""
        while len(self._loaded_indexes) > 1 and self._sum_bytes() > self.max_bytes:
            self._loaded_indexes.popitem(last=False)

    def _sum_bytes(self) -> int:
        return sum(size for _, size in self._loaded_indexes.values())


class LazyIndexes(Sequence[LoadedIndex]):
    """The indexes of documents. Each is opened when it is accessed, because all together may not fit into the cache."""

    def __init__(self, index_cache: IndexCache, documents: Sequence[Document]) -> None:
        self._index_cache, self._documents = index_cache, documents

    def __len__(self) -> int:
        return len(self._documents)

    def __getitem__(self, number: Any) -> Any:
        return self._index_cache.open_index(self._documents[number])


def estimate_bytes(loaded_index: LoadedIndex) -> int:
    """Return about how many bytes of memory an index takes: two a character, 200 for each passage's Python objects."""
    texts = sum(len(passage.text) * 2 + 200 for passage in loaded_index.passages)
    vectors = loaded_index.vectors.nbytes if loaded_index.vectors is not None else 0
    return texts + vectors + loaded_index.lexical.measure_bytes()


def make_quote(hit: Hit, document: Document, question: str, *, strict: bool) -> Quote:
    return replace(
        make_plain_quote(hit.passage, document),
        mark=find_answer_sentence(question, hit.passage.text),
        relevant=(is_certain if strict else is_relevant)(hit),
    )


def make_plain_quote(passage: Passage, document: Document) -> Quote:
    """Return the passage as a quote without a mark."""
    return Quote(
        document.id,
        document.name,
        passage.first_page,
        passage.last_page,
        passage.text,
        index=passage.index,
        version=document.words_version or 0,
        page_breaks=passage.page_breaks,
    )
