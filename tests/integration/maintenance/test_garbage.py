"""Garbage is collected page by page, by one process at a time, with little in memory."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from db.states import State
from processing.maintenance import garbage
from processing.maintenance.garbage import GarbageCollector
from processing.services import Services
from storage.keys import attempt_prefix, document_prefix, original_key, passages_key
from tests.integration.people import People
from tests.rows import list_unreferenced

MEGABYTE = 1 << 20


class ManyKeys:
    """A storage that lists five files for each of ``documents`` documents, and keeps what was deleted."""

    def __init__(self, documents: int) -> None:
        self.documents, self.deleted = documents, list[str]()

    def list_keys(self, prefix: str) -> Iterator[str]:
        if prefix != "tenants/":
            return
        for number in range(self.documents):
            yield original_key(1, f"{number:016x}")
            yield from (f"{attempt_prefix(1, f'{number:016x}', 1)}{name}" for name in ("a", "b", "c", "d"))

    def delete_tree(self, prefix: str) -> None:
        self.deleted.append(prefix)


def test_every_page_is_compared(services: Services, people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(garbage, "PAGE", 2)
    source = Path(__file__)
    kept = [people.add_document(people.alice, state=State.READY, words_version=2) for _ in range(3)]
    for document in kept:
        for token in (1, 2):
            services.storage.save_file(passages_key(people.alice, document.id, token), source)
    strays = [f"{number:016x}" for number in range(5)]
    for stray in strays:
        services.storage.save_file(original_key(people.charlie, stray), source)
    expected = {attempt_prefix(people.alice, document.id, 1) for document in kept}
    expected |= {document_prefix(people.charlie, stray) for stray in strays}
    assert list_unreferenced(services) == expected
    collector = GarbageCollector()
    collector.collect(services)
    assert list_unreferenced(services) == expected, "the first collection only remembers"
    collector.collect(services)
    assert list_unreferenced(services) == set()
    assert len(list(services.storage.list_keys("tenants/"))) == 3


def test_another_process_does_not_collect_meanwhile(
    services: Services, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    services.storage.save_file(original_key(people.alice, "a" * 16), Path(__file__))
    first, second = GarbageCollector(), GarbageCollector()
    first.collect(services)
    monkeypatch.setattr(garbage, "name_worker", lambda _pid: "elsewhere:1")
    for _ in range(2):
        second.collect(services)
    assert len(list_unreferenced(services)) == 1
    people.clock.pass_time(minutes=26)
    for _ in range(2):
        second.collect(services)
    assert list_unreferenced(services) == set()


def test_memory_does_not_grow_with_the_number_of_files(
    services: Services, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More is found than is remembered; what is left is found and deleted by later collections."""
    monkeypatch.setattr(garbage, "MOST_SUSPECTS", 1000)
    storage: Any = ManyKeys(20_000)
    services.storage = storage
    collector = GarbageCollector()
    tracemalloc.start()
    collector.collect(services)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10 * MEGABYTE
    collector.collect(services)
    assert len(storage.deleted) == 1000
    collector.collect(services)
    assert len(set(storage.deleted)) == 2000
