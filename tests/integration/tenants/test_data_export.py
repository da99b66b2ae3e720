"""An export holds all data of one person and nobody else's, in files that Telegram accepts."""

from __future__ import annotations

import hashlib
import json
import tempfile
import zipfile
from pathlib import Path

import pytest

from db.operations import documents
from db.states import State
from errors import StorageUnavailable
from processing.delivery import Delivery, DeliveryState
from processing.documents.films.export import FILM_EXPORT_JOB, request_export
from processing.jobs.outcome import MAX_ATTEMPTS
from processing.jobs.run import run_next
from processing.services import Services
from processing.tenants import data_export
from processing.tenants.data_export import DATA_EXPORT_JOB
from processing.types import FileView
from storage.keys import VIDEO, attempt_prefix, original_key
from tests.integration.bench import Bench
from tests.integration.people import People


def save(services: Services, key: str, content: bytes) -> None:
    source = services.settings.data_folder / "source"
    source.parent.mkdir(parents=True, exist_ok=True)
    source.write_bytes(content)
    services.storage.save_file(key, source)


def add(services: Services, people: People, tenant_id: int, name: str, content: bytes) -> None:
    document = people.add_document(tenant_id, name=name, state=State.READY, archive_version=1)
    save(services, original_key(tenant_id, document.id), content)
    save(services, attempt_prefix(tenant_id, document.id, 1) + VIDEO, b"film of " + content)


def unpack(services: Services, tenant_id: int) -> list[dict[str, bytes]]:
    """Content by name, for each file that would be sent."""
    with data_export.open_archive_parts(services, tenant_id) as archive_parts:
        return [read_all(path) for path in archive_parts]


def read_all(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_export_holds_everything_of_alice_and_nothing_of_charlie(services: Services, people: People) -> None:
    add(services, people, people.alice, "../etc/book.pdf", b"hers")
    add(services, people, people.charlie, "secret.pdf", b"his")
    question = people.add_question(people.alice)
    [archive_part] = unpack(services, people.alice)
    rows = json.loads(archive_part.pop("data.json"))
    assert [row["id"] for row in rows["questions"]] == [question.id]
    assert len(rows["documents"]) == 1
    assert [row["id"] for row in rows["tenants"]] == [people.alice]
    assert list(archive_part.values()) == [b"hers", b"film of hers"]
    assert [name.split(" ", 1)[1] for name in archive_part] == ["book.pdf", "book.socrate.mp4"]
    assert list(services.scratch_directory.iterdir()) == []


def test_export_keeps_two_documents_of_the_same_name(services: Services, people: People) -> None:
    for content in (b"first", b"second"):
        add(services, people, people.alice, "book.pdf", content)
    [archive_part] = unpack(services, people.alice)
    assert {b"first", b"second"} <= set(archive_part.values())


def test_large_export_is_split_into_archive_parts(
    services: Services, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data_export, "LARGEST_BYTES", data_export.MARGIN_BYTES + 60_000)
    for number in range(4):
        add(services, people, people.alice, f"{number}.pdf", bytes([number]) * 20_000)
    archive_parts = unpack(services, people.alice)
    assert len(archive_parts) > 1
    contents = {content for archive_part in archive_parts for content in archive_part.values()}
    assert all(bytes([number]) * 20_000 in contents for number in range(4))
    assert ["data.json" in archive_part for archive_part in archive_parts] == [True] + [False] * (
        len(archive_parts) - 1
    )


@pytest.mark.parametrize("owner", [zipfile.ZipFile, tempfile], ids=["in_the_file", "at_the_start"])
def test_scratch_directory_without_room_raises_storage_unavailable(
    services: Services, people: People, owner: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(*_arguments: object, **_more: object) -> None:
        raise OSError(28, "No space left on device")

    add(services, people, people.alice, "book.pdf", b"hers")
    monkeypatch.setattr(owner, "write" if owner is zipfile.ZipFile else "mkdtemp", fill)
    with pytest.raises(StorageUnavailable):
        unpack(services, people.alice)
    assert list(services.scratch_directory.iterdir()) == []


PARTS = 3


@pytest.fixture
def alice(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> int:
    """Alice, whose data needs three files, and who has asked for it."""
    alice = bench.add_person(1)
    monkeypatch.setattr(data_export, "LARGEST_BYTES", data_export.MARGIN_BYTES + 60_000)
    for number in range(PARTS):
        document = bench.add_document(alice, ["A page."], name=f"{number}.pdf")
        save(bench.services, original_key(alice, document.id), bytes([number]) * 50_000)
    data_export.request_data_export(bench.services, alice, 5, 50, "update")
    return alice


def test_alice_gets_each_part_once(bench: Bench, alice: int) -> None:
    assert run_next(bench.services, DATA_EXPORT_JOB)
    names = [view.file_name for view, _ in bench.notifier.files]
    assert names == [f"socrate-{number}.zip" for number in range(1, PARTS + 1)]
    assert bench.notifier.notices == [] and not run_next(bench.services, DATA_EXPORT_JOB)


def test_a_flood_in_the_middle_goes_on_after_what_was_sent(bench: Bench, alice: int) -> None:
    send, sent = bench.notifier.deliver_file, 0

    def refuse_the_second(view: FileView) -> Delivery:
        nonlocal sent
        sent += 1
        return Delivery(DeliveryState.POSTPONED, seconds=20) if sent == 2 else send(view)

    bench.notifier.deliver_file = refuse_the_second  # type: ignore[method-assign]
    assert run_next(bench.services, DATA_EXPORT_JOB)
    assert not run_next(bench.services, DATA_EXPORT_JOB)
    bench.clock.pass_time(seconds=30)
    assert run_next(bench.services, DATA_EXPORT_JOB)
    assert [view.file_name[-5] for view, _ in bench.notifier.files] == ["1", "2", "3"]


def test_nothing_more_is_sent_into_a_closed_chat(bench: Bench, alice: int) -> None:
    bench.notifier.outcome = Delivery(DeliveryState.UNREACHABLE)
    assert run_next(bench.services, DATA_EXPORT_JOB)
    assert len(bench.notifier.files) == 1 and not run_next(bench.services, DATA_EXPORT_JOB)


def test_alice_is_told_if_it_fails_three_times(bench: Bench, alice: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object) -> None:
        raise StorageUnavailable

    monkeypatch.setattr(data_export, "write_archive_part", fail)
    for _ in range(MAX_ATTEMPTS):
        assert run_next(bench.services, DATA_EXPORT_JOB)
        bench.clock.pass_time(minutes=10)
    assert [(view.key, view.message_id) for view in bench.notifier.notices] == [("mydata_failed", 50)]
    assert not run_next(bench.services, DATA_EXPORT_JOB)


def test_a_film_is_sent_and_a_mistake_is_told(bench: Bench, alice: int) -> None:
    document = bench.add_document(alice, ["A page."])
    with bench.services.database.tenant(alice) as session:
        row = documents.get_document(session, alice, document.id)
        row.archive_version, row.hashes = 1, {VIDEO: hashlib.sha256(b"film").hexdigest()}
    save(bench.services, attempt_prefix(alice, document.id, 1) + VIDEO, b"film")
    request_export(bench.services, alice, document.id, 5, "update")
    assert run_next(bench.services, FILM_EXPORT_JOB)
    assert [(view.file_name, content) for view, content in bench.notifier.files] == [("book.socrate.mp4", b"film")]
    request_export(bench.services, alice, document.id, 5, "another update")
    with bench.services.database.tenant(alice) as session:
        documents.get_document(session, alice, document.id).archive_version = None
    assert run_next(bench.services, FILM_EXPORT_JOB)
    assert [view.key for view in bench.notifier.notices] == ["export_not_ready"]
