"""Documents opened for searching, the least recently used put away when they take too much room."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from db.models import Document
from errors import EmbeddingsUnavailable
from processing.archive import check_hashes, read_vectors
from processing.passage_file import read_passages
from processing.ports import Embedder, Storage
from processing.results import Hit, Passage, Quote
from processing.retrieval.index_file import read_index
from processing.retrieval.lexical import LexicalIndex, build_lexical
from processing.retrieval.search import Volume, search
from processing.retrieval.sentences import find_answer_sentence
from processing.rules.refusal import is_sure, is_telling
from storage.keys import attempt_prefix, index_key, passages_key

VECTORS = "archive.faiss"
Key = tuple[str, int | None, int | None]


class Shelf:
    """Opened volumes of this process, by document and by the attempt whose files they hold."""

    def __init__(self, storage: Storage, embedder: Embedder, largest_bytes: int = 1 << 30) -> None:
        self.storage, self.embedder, self.largest_bytes = storage, embedder, largest_bytes
        self._volumes: OrderedDict[Key, tuple[Volume, int]] = OrderedDict()
        self._lock = threading.Lock()

    def find_quotes(
        self, documents: Sequence[Document], question: str, limit: int, *, strict: bool = False
    ) -> tuple[Quote, ...]:
        """The best passages of these documents with the sentence that answers marked, best first.

        By their words alone while the server that makes vectors is away. ``strict`` calls fewer of them telling.
        """
        row = Row(self, documents)
        asked = {document.id: document for document in documents}
        try:
            hits = search(row, question, self.embedder, limit)
        except EmbeddingsUnavailable:
            hits = search(row, question, None, limit)
        return tuple(make_quote(hit, asked[hit.document_id], question, strict=strict) for hit in hits)

    def list_openings(self, documents: Sequence[Document], limit: int) -> tuple[Quote, ...]:
        """How these documents begin, as many passages of each as there is room for."""
        share = max(1, limit // max(1, len(documents)))
        return tuple(
            make_plain_quote(passage, document)
            for document in documents[:limit]
            for passage in self.open_volume(document).passages[:share]
        )

    def open_volume(self, document: Document) -> Volume:
        key = (document.id, document.words_fence, document.archive_fence)
        with self._lock:
            if key in self._volumes:
                self._volumes.move_to_end(key)
                return self._volumes[key][0]
        volume = self._load(document)
        with self._lock:
            self._volumes[key] = (volume, estimate_bytes(volume))
            self._make_room()
        return volume

    def measure_bytes(self) -> int:
        """What is open now, estimated."""
        with self._lock:
            return sum(size for _, size in self._volumes.values())

    def list_documents(self) -> set[str]:
        with self._lock:
            return {key[0] for key in self._volumes}

    def put_away(self, document_ids: Collection[str]) -> None:
        """Let go of what is opened of these."""
        with self._lock:
            for key in [key for key in self._volumes if key[0] in document_ids]:
                del self._volumes[key]

    def _load(self, document: Document) -> Volume:
        assert document.words_fence is not None
        with self.storage.local_copy(passages_key(document.tenant_id, document.id, document.words_fence)) as path:
            passages = list(read_passages(path))
        lexical = self._find_index(document) or build_lexical([passage.text for passage in passages])
        vectors = None
        if document.archive_fence is not None:
            key = attempt_prefix(document.tenant_id, document.id, document.archive_fence) + VECTORS
            with self.storage.local_copy(key) as path:
                check_hashes({VECTORS: path}, document.hashes)
                vectors = read_vectors(path)
        return Volume(document.id, document.name, passages, lexical, vectors, document.model or "")

    def _find_index(self, document: Document) -> LexicalIndex | None:
        """As the worker wrote it; None where an earlier version did, or none."""
        key = index_key(document.tenant_id, document.id, document.words_fence or 0)
        if not self.storage.exists(key):
            return None
        with self.storage.local_copy(key) as path:
            return read_index(path)

    def _make_room(self) -> None:
        """The newest stays, however large it is."""
        while len(self._volumes) > 1 and sum(size for _, size in self._volumes.values()) > self.largest_bytes:
            self._volumes.popitem(last=False)


class Row(Sequence[Volume]):
    """Documents side by side, each opened when it is reached for: all of them may be more than the shelf holds."""

    def __init__(self, shelf: Shelf, documents: Sequence[Document]) -> None:
        self._shelf, self._documents = shelf, documents

    def __len__(self) -> int:
        return len(self._documents)

    def __getitem__(self, place: Any) -> Any:
        return self._shelf.open_volume(self._documents[place])


def estimate_bytes(volume: Volume) -> int:
    texts = sum(len(passage.text) * 2 + 200 for passage in volume.passages)
    vectors = volume.vectors.nbytes if volume.vectors is not None else 0
    return texts + vectors + volume.lexical.estimate_bytes()


def make_quote(hit: Hit, document: Document, question: str, *, strict: bool) -> Quote:
    return replace(
        make_plain_quote(hit.passage, document),
        mark=find_answer_sentence(question, hit.passage.text),
        telling=(is_sure if strict else is_telling)(hit),
    )


def make_plain_quote(passage: Passage, document: Document) -> Quote:
    return Quote(
        document.id,
        document.name,
        passage.first_page,
        passage.last_page,
        passage.text,
        index=passage.index,
        fence=document.words_fence or 0,
        turns=passage.turns,
    )
