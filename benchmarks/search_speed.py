"""Measures how long a question takes over 1,000 passages and more: ``python -m benchmarks.search_speed [SIZES…]``."""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.machine import describe_machine
from db.models import Document
from db.states import State
from processing.archive.encoder import SocrateIndex
from processing.embedding import DEFAULT_MODEL, make_embedder
from processing.retrieval.index_cache import IndexCache
from processing.retrieval.index_file import write_index
from processing.retrieval.lexical import build_lexical
from processing.retrieval.passage_file import write_passages
from processing.types import Passage
from storage.keys import attempt_prefix, index_key, passages_key
from storage.local import LocalStorage

RESULTS = Path("benchmarks/results/search_speed.json")
SIZES = (1_000, 10_000, 100_000)
MAX_DOCUMENTS = 100
QUESTIONS = 40
PASSAGE_WORDS = 130
VOCABULARY = 60_000
SYLLABLES = [first + second for first in "bcdfglmnprstv" for second in ("a", "e", "i", "o", "u", "er", "in", "on")]


class QuestionEmbedder:
    """A ``ports.Embedder`` with the real model, for questions. The vectors of passages are random, see ``Maker``."""

    def __init__(self) -> None:
        self.real = make_embedder(DEFAULT_MODEL)
        self.model, self.dimension, self.max_tokens = self.real.model, self.real.dimension, self.real.max_tokens
        self.embed, self.embed_question = self.real.embed, self.real.embed_question
        self.count_tokens, self.warm_up = self.real.count_tokens, self.real.warm_up


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.search_speed", description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=SIZES)
    parser.add_argument("--memory-mb", type=int, default=1024, help="as SEARCH_MEMORY_MB")
    arguments = parser.parse_args()
    rows = []
    print(f"{'passages':>10}{'documents':>11}{'first':>9}{'median':>9}{'p95':>9}{'held MB':>9}")
    for size in arguments.sizes or SIZES:
        with tempfile.TemporaryDirectory() as folder:
            rows.append(measure(size, Path(folder), arguments.memory_mb * 1024 * 1024))
        row = rows[-1]
        print(
            f"{size:10}{row['documents']:11.0f}{row['first']:8.2f}s{row['median']:8.3f}s{row['p95']:8.3f}s"
            f"{row['held_bytes'] / 2**20:9.0f}",
            flush=True,
        )
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps({"machine": describe_machine(), "rows": rows}, indent=1) + "\n", encoding="utf-8")


def measure(size: int, folder: Path, memory: int) -> dict[str, float]:
    """Return the seconds of the first question, with an empty cache, and of later ones; ``held_bytes``: the cache."""
    embedder, storage, maker = QuestionEmbedder(), LocalStorage(folder), Maker(size)
    documents = [maker.make_document(number, storage, folder) for number in range(maker.documents)]
    index_cache, seconds = IndexCache(storage, embedder, memory), []
    embedder.warm_up()
    for _ in range(QUESTIONS + 1):
        began = time.perf_counter()
        index_cache.list_quotes(documents, maker.ask(), 3)
        seconds.append(time.perf_counter() - began)
    warm = np.array(seconds[1:])
    return {
        "passages": float(size),
        "documents": float(len(documents)),
        "first": seconds[0],
        "median": float(np.median(warm)),
        "p95": float(np.quantile(warm, 0.95)),
        "held_bytes": float(index_cache.measure_bytes()),
    }


class Maker:
    """Makes documents of random words. As in English, the n-th most frequent word is n times as rare as the first.

    ``size`` is the number of passages of all documents together.
    """

    def __init__(self, size: int) -> None:
        self.random, self.numbers = random.Random(size), np.random.default_rng(size)
        self.documents = min(MAX_DOCUMENTS, max(1, size // 100))
        self.each = size // self.documents
        made = {"".join(self.random.choices(SYLLABLES, k=self.random.randint(1, 4))) for _ in range(VOCABULARY)}
        common = "the of and to in is that for it was on are with as his they at be this have from by".split()
        self.words = common + sorted(made)
        self.random.shuffle(self.words[len(common) :])
        shares = 1 / (np.arange(len(self.words)) + 3)
        self.shares: NDArray[np.float64] = shares / shares.sum()

    def draw(self, count: int) -> Sequence[str]:
        return [self.words[index] for index in self.numbers.choice(len(self.words), count, p=self.shares)]

    def ask(self) -> str:
        """Return a question of eight words, chosen by their frequency, and four that are chosen evenly, mostly rare."""
        return "What is " + " ".join([*self.draw(8), *self.random.choices(self.words, k=4)]) + "?"

    def make_document(self, number: int, storage: LocalStorage, folder: Path) -> Document:
        """Store the files of a document, as a worker does, and return its row."""
        import faiss

        words = self.draw(self.each * PASSAGE_WORDS)
        texts = [" ".join(words[start : start + PASSAGE_WORDS]) for start in range(0, len(words), PASSAGE_WORDS)]
        document_id, path = f"{number:016x}", folder / "file"
        write_passages([Passage(index, text, index + 1, index + 1) for index, text in enumerate(texts)], path)
        storage.save_file(passages_key(1, document_id, 1), path)
        write_index(build_lexical(texts), path.with_suffix(".npz"))
        storage.save_file(index_key(1, document_id, 1), path.with_suffix(".npz"))
        vectors = self.numbers.standard_normal((self.each, 384), np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        index = SocrateIndex(DEFAULT_MODEL, vectors)
        index.add_chunks(texts, list(range(len(texts))))
        faiss.write_index(index.index, str(path))
        storage.save_file(attempt_prefix(1, document_id, 1) + "archive.faiss", path)
        return Document(
            id=document_id,
            tenant_id=1,
            name="d",
            words_version=1,
            archive_version=1,
            model=DEFAULT_MODEL,
            hashes={"archive.faiss": hash_file(storage, attempt_prefix(1, document_id, 1) + "archive.faiss")},
            state=State.READY,
        )


def hash_file(storage: LocalStorage, key: str) -> str:
    import hashlib

    with storage.local_copy(key) as path:
        return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    main()
