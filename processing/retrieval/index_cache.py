"""Keeps documents in memory for searching, and drops the least recently used ones if they take too much memory."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from db.operations.documents import SomeDocument
from errors import EmbeddingsUnavailable
from processing.archive import check_hashes, read_vectors
from processing.ports import CrossEncoder, Embedder, Storage
from processing.retrieval.corpus.choose import choose_documents
from processing.retrieval.corpus.corpus_cache import CorpusCache
from processing.retrieval.index_file import read_index
from processing.retrieval.lexical import LexicalIndex, build_lexical
from processing.retrieval.passage_file import read_passages
from processing.retrieval.ranking.relevance import is_certain, is_relevant
from processing.retrieval.ranking.rerank import READ, rerank
from processing.retrieval.ranking.sentences import find_answer_sentence
from processing.retrieval.search import LoadedIndex, Sample, search
from processing.types import Hit, Passage, Quote
from storage.keys import attempt_prefix, index_key, passages_key

VECTORS = "archive.faiss"
# Of more documents than these, the ones to open are chosen by their sketches.
MOST_OPENED = 30
# Documents that stand for those that are not opened.
SAMPLED = 20
Key = tuple[str, int | None, int | None]


class IndexCache:
    """The loaded indexes of this process. A document is loaded again if its words or its archive have a new version.

    ``max_bytes`` bounds their estimated size; one index is kept even if it is larger.
    """

    def __init__(
        self,
        storage: Storage,
        embedder: Embedder,
        max_bytes: int = 1 << 30,
        corpora: CorpusCache | None = None,
        cross_encoder: CrossEncoder | None = None,
    ) -> None:
        self.storage, self.embedder, self.max_bytes, self.corpora = storage, embedder, max_bytes, corpora
        self.cross_encoder = cross_encoder
        self._loaded_indexes: OrderedDict[Key, tuple[LoadedIndex, int]] = OrderedDict()
        self._lock = threading.Lock()

    def list_quotes(
        self, documents: Sequence[SomeDocument], question: str, limit: int, *, strict: bool = False
    ) -> tuple[Quote, ...]:
        """Return the passages of these documents that answer best, the best first, with the best sentence marked.

        If no vectors can be made at the moment, passages are found by words alone; if none can be read, their order is
        that of the search. With ``strict`` a quote is ``relevant`` only if its passage certainly answers
        (``is_certain``).
        """
        try:
            return self._list_quotes(documents, question, limit, self.embedder, strict=strict)
        except EmbeddingsUnavailable:
            return self._list_quotes(documents, question, limit, None, strict=strict)

    def _list_quotes(
        self,
        documents: Sequence[SomeDocument],
        question: str,
        limit: int,
        embedder: Embedder | None,
        *,
        strict: bool,
    ) -> tuple[Quote, ...]:
        chosen = documents
        sample = Sample()
        if self.corpora is not None and len(documents) > MOST_OPENED:
            corpus = self.corpora.get_corpus(documents, self.open_index)
            chosen = [documents[number] for number in choose_documents(corpus, question, embedder, MOST_OPENED)]
            sample = self._draw_sample(documents, chosen)
        hits = search(LazyIndexes(self, chosen), question, embedder, max(limit, READ), sample)
        if self.cross_encoder is not None and hits:
            with suppress(EmbeddingsUnavailable):
                hits = rerank(hits, question, self.cross_encoder)
        by_id = {document.id: document for document in chosen}
        return tuple(make_quote(hit, by_id[hit.document_id], question, strict=strict) for hit in hits[:limit])

    def _draw_sample(self, documents: Sequence[SomeDocument], chosen: Sequence[SomeDocument]) -> Sample:
        """Return some of the documents that were not chosen, the same for every question as far as possible."""
        ids = {document.id for document in chosen}
        drawn = [document for document in documents[:: max(1, len(documents) // SAMPLED)] if document.id not in ids]
        weight = (len(documents) - len(chosen)) / max(1, len(drawn))
        return Sample(LazyIndexes(self, drawn), weight)

    def list_holders(self, documents: Sequence[SomeDocument], words: str) -> Sequence[SomeDocument]:
        """Return the documents that may hold all words of a query; no other document does."""
        if self.corpora is None or len(documents) <= MOST_OPENED:
            return documents
        mask = self.corpora.get_corpus(documents, self.open_index).mask_holders(words)
        return [document for document, may_hold in zip(documents, mask, strict=True) if may_hold]

    def list_openings(self, documents: Sequence[SomeDocument], limit: int) -> tuple[Quote, ...]:
        """Return the first passages of each document, at most ``limit`` in all. Further documents are left out."""
        share = max(1, limit // max(1, len(documents)))
        return tuple(
            make_plain_quote(passage, document)
            for document in documents[:limit]
            for passage in self.open_index(document).passages[:share]
        )

    def open_index(self, document: SomeDocument) -> LoadedIndex:
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

    def _load(self, document: SomeDocument) -> LoadedIndex:
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

    def _find_index(self, document: SomeDocument) -> LexicalIndex | None:
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

    def __init__(self, index_cache: IndexCache, documents: Sequence[SomeDocument]) -> None:
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


def make_quote(hit: Hit, document: SomeDocument, question: str, *, strict: bool) -> Quote:
    return replace(
        make_plain_quote(hit.passage, document),
        mark=hit.reading.sentence if hit.reading else find_answer_sentence(question, hit.passage.text),
        relevant=(is_certain if strict else is_relevant)(hit),
    )


def make_plain_quote(passage: Passage, document: SomeDocument) -> Quote:
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
