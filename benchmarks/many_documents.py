"""Measures questions over one person's many documents: ``python -m benchmarks.many_documents [--xquad FILE…]``.

With ``--xquad`` each paragraph of the files is a document, and what is found by opening a few of them is compared with
what is found by opening all. Without it 10,000 documents of random words are made and asked.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.machine import describe_machine, read_peak_memory
from benchmarks.search_speed import Maker, QuestionEmbedder
from db.engine import Database
from db.models import Document
from db.operations import documents
from db.operations.documents import SomeDocument
from db.operations.upkeep import accounts
from processing.chunking.chunk import cut_document
from processing.embedding import DEFAULT_MODEL
from processing.language.model_languages import knows_language
from processing.ports import Embedder
from processing.questions.find import find_occurrences
from processing.retrieval.corpus.choose import choose_documents
from processing.retrieval.corpus.corpus import build_corpus
from processing.retrieval.corpus.corpus_cache import CorpusCache
from processing.retrieval.corpus.sketch import read_sketch, sketch_meaning, sketch_words
from processing.retrieval.index_cache import MOST_OPENED, SAMPLED, IndexCache
from processing.retrieval.lexical import build_lexical
from processing.retrieval.ranking.relevance import is_relevant
from processing.retrieval.search import LoadedIndex, Sample, search
from processing.services import read_clock
from processing.types import Hit, Page
from storage.keys import document_prefix
from storage.local import LocalStorage
from tests.eval.xquad import Asked, read_xquad

RESULTS = Path("benchmarks/results/many_documents.json")
QUESTIONS, PASSAGES, LIMIT = 40, 10, 10
MEMORY = 1 << 30
DIFFERENT = 300
COPIED = ("tenant_id", "name", "words_version", "archive_version", "model", "hashes", "state")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.many_documents", description=__doc__)
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--xquad", type=Path, nargs="*", help="files in the format of XQuAD")
    arguments = parser.parse_args()
    if arguments.xquad:
        rows = {path.stem: compare(path) for path in arguments.xquad}
    else:
        with tempfile.TemporaryDirectory() as folder:
            rows = {"random words": measure(arguments.documents, Path(folder))}
    for name, row in rows.items():
        print(name, json.dumps({key: round(value, 4) for key, value in row.items()}))
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps({"machine": describe_machine(), "rows": rows}, indent=1) + "\n", encoding="utf-8")


def compare(path: Path) -> dict[str, float]:
    """Return the recall and MRR of a search of all paragraphs, each a document, and of one of ``MOST_OPENED``."""
    embedder, reading = QuestionEmbedder(), read_xquad(path)
    loaded = [open_paragraph(number, text, embedder) for number, text in enumerate(reading.paragraphs)]
    corpus = build_corpus(
        [
            read_sketch(
                sketch_words([passage.text for passage in each.passages], each.lexical.language),
                sketch_meaning(each.vectors) if each.vectors is not None else None,
            )
            for each in loaded
        ]
    )
    ranks: dict[str, list[int | None]] = {"all": [], "chosen": []}
    same = 0
    for asked in reading.asked:
        numbers = choose_documents(corpus, asked.question, embedder, MOST_OPENED)
        drawn = [loaded[number] for number in range(0, len(loaded), len(loaded) // SAMPLED) if number not in numbers]
        sample = Sample(drawn, (len(loaded) - len(numbers)) / max(1, len(drawn)))
        whole = search(loaded, asked.question, embedder, LIMIT)
        few = search([loaded[number] for number in numbers], asked.question, embedder, LIMIT, sample)
        ranks["all"].append(find_rank(whole, asked))
        ranks["chosen"].append(find_rank(few, asked))
        same += any(map(is_relevant, whole[:3])) == any(map(is_relevant, few[:3]))
    figures = {f"{name} {key}": value for name, found in ranks.items() for key, value in summarise(found).items()}
    return figures | {"same decision": same / len(reading.asked)}


def open_paragraph(number: int, text: str, embedder: QuestionEmbedder) -> LoadedIndex:
    passages = list(cut_document(embedder, [Page(1, text)]))
    texts = [passage.text for passage in passages]
    lexical = build_lexical(texts)
    vectors = embedder.embed(texts) if knows_language(embedder.model, lexical.language) else None
    return LoadedIndex(str(number), "", passages, lexical, vectors, embedder.model)


def find_rank(hits: Sequence[Hit], asked: Asked) -> int | None:
    return next((rank for rank, hit in enumerate(hits, 1) if hit.document_id == str(asked.paragraph)), None)


def summarise(ranks: Sequence[int | None]) -> dict[str, float]:
    shares = {f"recall@{depth}": sum(bool(rank and rank <= depth) for rank in ranks) / len(ranks) for depth in (1, 3)}
    return shares | {"mrr@10": sum(1 / rank for rank in ranks if rank) / len(ranks)}


def measure(count: int, folder: Path) -> dict[str, float]:
    """Return the seconds of questions and searches over ``count`` documents of ``PASSAGES`` passages."""
    embedder, storage, database = QuestionEmbedder(), LocalStorage(folder), Database(f"sqlite:///{folder / 'many.db'}")
    database.migrate()
    maker = Maker(count * PASSAGES)
    maker.each = PASSAGES
    tenant_id = add_documents(database, make_documents(maker, storage, folder, count))
    embedder.warm_up()
    row: dict[str, float] = {"documents": count}
    row["without sketches"] = ask(open_cache(database, storage, embedder), database, tenant_id, maker.ask())[0]
    index_cache = open_cache(database, storage, embedder)
    asked = np.array([ask(index_cache, database, tenant_id, maker.ask()) for _ in range(QUESTIONS + 1)])
    for name, taken in (("", asked[:, 0]), (" of CPU", asked[:, 1])):
        median, late = np.median(taken[1:]), np.quantile(taken[1:], 0.95)
        row |= {f"first{name}": float(taken[0]), f"median{name}": float(median), f"p95{name}": float(late)}
    began = time.perf_counter()
    with database.tenant(tenant_id, reading=True) as session:
        owned = documents.list_searchable(session, tenant_id)
    find_occurrences(index_cache, owned, " ".join(maker.random.choices(maker.words, k=2)), lambda: None)
    assert index_cache.corpora is not None
    held = index_cache.corpora.measure_bytes()
    return row | {"find": time.perf_counter() - began, "corpus bytes": held, "peak memory": read_peak_memory()}


def make_documents(maker: Maker, storage: LocalStorage, folder: Path, count: int) -> list[Document]:
    """Return documents with their files. Only ``DIFFERENT`` of them differ, because making one takes long."""
    made = [maker.make_document(number, storage, folder) for number in range(min(DIFFERENT, count))]
    for number in range(len(made), count):
        like, document_id = made[number % DIFFERENT], f"{number:016x}"
        shutil.copytree(folder / document_prefix(1, like.id), folder / document_prefix(1, document_id))
        made.append(Document(id=document_id, **{name: getattr(like, name) for name in COPIED}))
    return made


def add_documents(database: Database, made: Sequence[Document]) -> int:
    with database.upkeep() as session:
        tenant_id = accounts.ensure_tenant(session, 1, "en", read_clock()).id
    with database.tenant(tenant_id) as session:
        for number, document in enumerate(made):
            document.due_at = document.created_at = read_clock()
            document.chat_id, document.kind, document.size_bytes, document.sha256 = 1, "pdf", 1, f"{number:064x}"
            document.tenant_id = tenant_id
        session.add_all(made)
    return tenant_id


def open_cache(database: Database, storage: LocalStorage, embedder: Embedder) -> IndexCache:
    return IndexCache(storage, embedder, MEMORY - MEMORY // 4, CorpusCache(database, MEMORY // 4, DEFAULT_MODEL))


def ask(index_cache: IndexCache, database: Database, tenant_id: int, question: str) -> tuple[float, float]:
    """Return the seconds from reading the list of documents to the passages, and those in which this process worked."""
    began, worked = time.perf_counter(), time.process_time()
    with database.tenant(tenant_id, reading=True) as session:
        owned: Sequence[SomeDocument] = documents.list_searchable(session, tenant_id)
    index_cache.list_quotes(owned, question, 3)
    return time.perf_counter() - began, time.process_time() - worked


if __name__ == "__main__":
    main()
