"""Documents that are together larger than the index cache are loaded one after the other."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from db.models import Document
from processing.retrieval.index_cache import IndexCache
from processing.retrieval.index_file import write_index
from processing.retrieval.lexical import build_lexical
from processing.retrieval.passage_file import write_passages
from processing.types import Passage
from storage.keys import index_key, passages_key
from storage.local import LocalStorage

TOPICS = ("walrus", "compiler", "bread", "volcano", "bicycle")
NO_EMBEDDER = cast(Any, None)


@pytest.fixture
def storage(tmp_path: Path) -> LocalStorage:
    return LocalStorage(tmp_path / "storage")


@pytest.fixture
def documents(storage: LocalStorage, tmp_path: Path) -> list[Document]:
    """A document for each topic, with passages and index in storage."""
    made = []
    for number, topic in enumerate(TOPICS):
        passages = [Passage(index, f"This is about the {topic} of day {index}.", 1, 1) for index in range(20)]
        write_passages(passages, tmp_path / "file.jsonl")
        write_index(build_lexical([passage.text for passage in passages]), tmp_path / "file.npz")
        document = Document(id=f"{number:016x}", tenant_id=1, name=topic, words_version=1)
        storage.save_file(passages_key(1, document.id, 1), tmp_path / "file.jsonl")
        storage.save_file(index_key(1, document.id, 1), tmp_path / "file.npz")
        made.append(document)
    return made


def test_cache_smaller_than_the_documents_gives_the_same_answers(
    storage: LocalStorage, documents: list[Document]
) -> None:
    small, large = IndexCache(storage, NO_EMBEDDER, max_bytes=1), IndexCache(storage, NO_EMBEDDER)
    for topic in TOPICS:
        question = f"Which {topic} is of day 7?"
        assert small.list_quotes(documents, question, 3) == large.list_quotes(documents, question, 3)
        assert small.list_quotes(documents, question, 1)[0].document_name == topic
    assert len(small.list_document_ids()) == 1
    assert len(large.list_document_ids()) == len(TOPICS)


def test_document_without_a_stored_index_is_indexed(storage: LocalStorage, documents: list[Document]) -> None:
    before = IndexCache(storage, NO_EMBEDDER).list_quotes(documents, "Which bread is of day 7?", 3)
    for document in documents:
        storage.delete_file(index_key(1, document.id, 1))
    assert IndexCache(storage, NO_EMBEDDER).list_quotes(documents, "Which bread is of day 7?", 3) == before
