"""A question over many documents opens a few of them, and still finds what all of them hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import func, select

from db.models import Document, Sketch
from db.operations import documents
from processing.documents import library
from processing.jobs.run import run_next
from processing.questions import submit
from processing.questions.job import QUESTION_JOB
from processing.retrieval.corpus.corpus_cache import CorpusCache
from processing.retrieval.index_cache import MOST_OPENED, SAMPLED
from processing.types import AnswerView
from tests.integration.bench import Bench, NoEmbedder

COUNT = MOST_OPENED + SAMPLED + 40
WALRUS = "Walruses dive for clams in the bay at night."


@pytest.fixture
def alice(bench: Bench) -> int:
    return bench.add_person(1)


@pytest.fixture
def library_of_many(bench: Bench, alice: int) -> list[Document]:
    """Documents about ships, and one about a walrus in the middle."""
    start_again(bench)
    texts = [f"Report {number} lists every ship that entered harbour {number}." for number in range(COUNT)]
    texts[COUNT // 2] = WALRUS
    return [bench.add_document(alice, [text], name=f"{number}.pdf") for number, text in enumerate(texts)]


def start_again(bench: Bench) -> list[str]:
    """Empty the memory of the worker, and return a list to which the id of each opened document is added."""
    index_cache = bench.services.index_cache
    index_cache.corpora = CorpusCache(bench.services.database, 1 << 20, NoEmbedder.model)
    index_cache.drop(index_cache.list_document_ids())
    opened, load = list[str](), type(index_cache)._load

    def count(document: Any) -> Any:
        opened.append(document.id)
        return load(index_cache, document)

    index_cache._load = count  # type: ignore[method-assign]
    return opened


def ask(bench: Bench, tenant_id: int, words: str, kind: str = "question") -> AnswerView:
    bench.clock.pass_time(seconds=2)
    view = submit.prepare_question(bench.services, tenant_id, words, None, 5, kind=kind)
    submit.enqueue_question(bench.services, view, 50)
    assert run_next(bench.services, QUESTION_JOB)
    return bench.notifier.answers[-1]


def count_sketches(bench: Bench) -> int:
    with bench.services.database.upkeep(reading=True) as session:
        return session.scalars(select(func.count()).select_from(Sketch)).one()


def list_quoted(view: AnswerView) -> Sequence[str]:
    return [quote.text for quote in view.answer.quotes if quote.relevant]


def test_answer_is_found_although_few_documents_are_opened(
    bench: Bench, alice: int, library_of_many: list[Document]
) -> None:
    ask(bench, alice, "Do walruses dive for clams?")
    assert count_sketches(bench) == COUNT, "documents without a sketch get one"
    opened = start_again(bench)
    assert list_quoted(ask(bench, alice, "Do walruses dive for clams?")) == [WALRUS]
    assert len(set(opened)) <= MOST_OPENED + SAMPLED + 1


def test_find_opens_the_documents_that_can_hold_the_words(
    bench: Bench, alice: int, library_of_many: list[Document]
) -> None:
    ask(bench, alice, "Do walruses dive for clams?")
    opened = start_again(bench)
    found = ask(bench, alice, "walrus clam", kind="find")
    assert [(each.document_name, each.times) for each in found.answer.occurrences] == [(f"{COUNT // 2}.pdf", 2)]
    assert opened == [library_of_many[COUNT // 2].id]
    assert len(ask(bench, alice, "harbour", kind="find").answer.occurrences) == COUNT - 1


def test_deleted_document_is_gone_at_once_and_a_new_one_is_there(
    bench: Bench, alice: int, library_of_many: list[Document]
) -> None:
    ask(bench, alice, "Do walruses dive for clams?")
    library.delete_document(bench.services, alice, library_of_many[COUNT // 2].id)
    assert list_quoted(ask(bench, alice, "Do walruses dive for clams?")) == []
    assert count_sketches(bench) == COUNT - 1
    bench.add_document(alice, [WALRUS])
    assert list_quoted(ask(bench, alice, "Do walruses dive for clams?")) == [WALRUS]


def test_sketch_of_an_earlier_version_is_made_again(bench: Bench, alice: int, library_of_many: list[Document]) -> None:
    ask(bench, alice, "Do walruses dive for clams?")
    with bench.services.database.upkeep() as session:
        for sketch in session.scalars(select(Sketch)):
            sketch.words_version = 9
    start_again(bench)
    assert list_quoted(ask(bench, alice, "Do walruses dive for clams?")) == [WALRUS]
    with bench.services.database.upkeep(reading=True) as session:
        assert set(session.scalars(select(Sketch.words_version))) == {1}


def test_nobody_sees_the_sketches_of_others(bench: Bench, alice: int, library_of_many: list[Document]) -> None:
    ask(bench, alice, "Do walruses dive for clams?")
    charlie = bench.add_person(2)
    with bench.services.database.tenant(charlie, reading=True) as session:
        assert session.scalars(select(Sketch)).all() == []
        assert documents.list_searchable(session, charlie) == []
