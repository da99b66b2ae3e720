"""An archive is complete or absent: after a cancellation in any stage, on a full disk, or from a film that was sent."""

from __future__ import annotations

import errno
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from db.models import Document
from db.states import State
from processing.archive import read_film
from processing.archive.video import Film
from processing.documents import library, progress
from processing.documents.films.export import open_export
from processing.retrieval.passage_file import read_passages
from processing.tenants import data_export
from processing.types import DocumentView, Passage
from storage.keys import ARCHIVE_FILES, INDEX, PASSAGES, VIDEO, attempt_prefix, passages_key
from tests.films import film
from tests.integration.people import People
from tests.integration.workers import DocumentWorker, open_worker

# Enough passages for several batches in every stage.
TEXT = "\n\n".join(
    f"Chapter {number}\n" + f"The walrus number {number} dives for clams at noon. " * 14 for number in range(1, 101)
)


@pytest.fixture
def kind() -> str:
    return "sqlite"


@pytest.fixture
def maker(people: People, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DocumentWorker:
    """A worker that reports progress after every batch instead of every few seconds."""
    monkeypatch.setattr(progress, "WRITE_EVERY_SECONDS", 0.0)
    return open_worker(people, tmp_path)


def list_made(document: Document, archive: int, words: int) -> list[str]:
    """The files of a ready document, from the attempts whose archive and whose words are in use."""
    made = [f"{document.id}/attempts/{archive}/{file}" for file in ARCHIVE_FILES]
    made += [f"{document.id}/attempts/{words}/{file}" for file in (PASSAGES, INDEX)]
    return [*sorted(made), f"{document.id}/original"]


def when_shown(maker: DocumentWorker, stage: str, act: Callable[[], object]) -> list[DocumentView]:
    """Call ``act`` when a stage is first shown; the returned list collects what is shown after that."""
    after: list[DocumentView] = []
    done = False

    def show(view: DocumentView) -> None:
        nonlocal done
        if done:
            after.append(view)
        elif view.stage == stage:
            done = True
            act()

    maker.notifier.show_document = show  # type: ignore[method-assign]
    return after


def read(maker: DocumentWorker, document: Document) -> Document:
    row = maker.people.read(document.id)
    assert row is not None
    return row


def read_kept(maker: DocumentWorker, document: Document) -> list[Passage]:
    with maker.services.storage.local_copy(passages_key(document.tenant_id, document.id, 1)) as path:
        return list(read_passages(path))


def disk_full(*_args: object, **_more: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("stage", ["reading", "cutting", "embedding", "filming", "checking"])
def test_cancelling_takes_effect_between_two_batches_of_every_stage(
    maker: DocumentWorker, people: People, stage: str
) -> None:
    document = maker.send(people.alice, TEXT.encode())
    after = when_shown(maker, stage, lambda: library.cancel_document(maker.services, people.alice, document.id))
    assert maker.work()
    assert after == []
    assert [view.state for view in maker.notifier.delivered] == [State.CANCELLED]
    assert people.read(document.id) is None
    assert maker.list_stored() == [] == maker.list_scratch_files()


@pytest.mark.parametrize("file", [*ARCHIVE_FILES, PASSAGES, INDEX])
def test_document_is_tried_again_after_the_storage_had_no_room(
    maker: DocumentWorker, people: People, file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    document, storage = maker.send(people.alice), maker.services.storage
    save = storage.save_file
    monkeypatch.setattr(storage, "save_file", lambda key, path: disk_full() if file in key else save(key, path))
    assert maker.work()
    assert (read(maker, document).state, read(maker, document).archive_version) == (State.QUEUED, None)
    monkeypatch.undo()
    people.clock.pass_time(minutes=1)
    assert maker.work()
    assert (read(maker, document).state, read(maker, document).archive_version) == (State.READY, 2)
    words = 1 if file in ARCHIVE_FILES else 2
    assert maker.list_stored() == list_made(document, 2, words) and maker.list_scratch_files() == []


@pytest.mark.parametrize(("owner", "name"), [(tempfile, "mkdtemp"), (Film, "add")], ids=["at_the_start", "in_the_film"])
def test_document_is_tried_again_after_the_scratch_directory_had_no_room(
    maker: DocumentWorker, people: People, owner: object, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = maker.send(people.alice)
    monkeypatch.setattr(owner, name, disk_full)
    assert maker.work()
    assert (read(maker, document).state, read(maker, document).archive_version) == (State.QUEUED, None)
    assert not any("archive" in file for file in maker.list_stored()) and maker.list_scratch_files() == []
    monkeypatch.undo()
    people.clock.pass_time(minutes=1)
    assert maker.work()
    assert maker.list_stored() == list_made(document, 2, 1 if owner is Film else 2)


def test_film_sent_by_charlie_becomes_the_same_document(maker: DocumentWorker, people: People) -> None:
    first = maker.send(people.alice, TEXT.encode())
    assert maker.work()
    with maker.services.storage.local_copy(attempt_prefix(people.alice, first.id, 1) + VIDEO) as path:
        content = path.read_bytes()
    again = maker.send(people.charlie, content, kind="archive")
    with people.database.tenant(people.charlie) as session:
        session.merge(again).name = "video.mp4"
    assert maker.work()
    row = read(maker, again)
    assert (row.state, row.name, row.pages) == (State.READY, read(maker, first).name, read(maker, first).pages)
    assert read_kept(maker, again) == read_kept(maker, first)
    with maker.services.storage.local_copy(attempt_prefix(people.charlie, again.id, 1) + VIDEO) as path:
        assert list(read_film(path)[1]) == read_kept(maker, first)


def test_film_of_a_renamed_document_comes_back_under_its_new_name(maker: DocumentWorker, people: People) -> None:
    first = maker.send(people.alice)
    assert maker.work()
    library.rename_document(maker.services, people.alice, first.id, "The new lease.pdf", "1:1")
    with open_export(maker.services, people.alice, first.id) as export:
        content = export.path.read_bytes()
    again = maker.send(people.charlie, content, kind="archive")
    assert maker.work()
    assert read(maker, again).name == "The new lease.pdf"
    assert read_kept(maker, again) == read_kept(maker, first)
    with data_export.open_archive_parts(maker.services, people.alice) as parts, zipfile.ZipFile(next(parts)) as packed:
        [film_name] = [name for name in packed.namelist() if name.startswith("films/")]
        packed.extract(film_name, maker.services.scratch_directory)
    assert read_film(maker.services.scratch_directory / film_name)[0].name == "The new lease.pdf"


def test_film_of_another_program_is_refused_and_deleted(maker: DocumentWorker, people: People, tmp_path: Path) -> None:
    path = film(tmp_path / "film.mp4", ["a code on a poster"], maker="Someone")
    document = maker.send(people.alice, path.read_bytes(), kind="archive")
    assert maker.work()
    assert [(view.state, view.error_key) for view in maker.notifier.delivered] == [(State.FAILED, "archive_foreign")]
    assert people.read(document.id) is None and maker.list_stored() == []
