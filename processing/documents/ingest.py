"""Makes the archive of a document: reads, cuts, publishes the words, embeds, films, checks and stores."""

from __future__ import annotations

import logging
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from db.models import Document, Sketch
from db.operations import sketches
from db.states import Stage
from errors import OriginalLost, StorageUnavailable, UserMistake
from processing.archive import build_archive, check_hashes, read_vectors
from processing.archive.build import hash_file
from processing.archive.vectors import VectorParts, name_vectors
from processing.chunking.chunk import cut_document
from processing.documents.limits import SizeLimits
from processing.documents.names import clean_name
from processing.documents.progress import ProgressReport
from processing.documents.space import measure_stored, reserve_for_passages
from processing.formats.table import ARCHIVE
from processing.ports import Embedder, ReadPages
from processing.retrieval.corpus.sketch import FORMAT, sketch_meaning, sketch_words
from processing.retrieval.index_cache import VECTORS
from processing.retrieval.index_file import write_index
from processing.retrieval.lexical import build_lexical
from processing.retrieval.passage_file import read_passages, write_passages
from processing.runtime.leases import Lease
from processing.services import WorkerServices
from processing.types import Page, Passage
from storage.keys import (
    ARCHIVE_FILES,
    INDEX,
    PASSAGES,
    attempt_prefix,
    index_key,
    original_key,
    passages_key,
    vectors_prefix,
)

log = logging.getLogger(__name__)


def ingest(services: WorkerServices, document: Document, lease: Lease) -> dict[str, object]:
    """Build and store the archive of a claimed document, and return the columns that put the archive into use.

    All files are stored under the fencing token of this attempt. The passages and the word index are in use as soon as
    ``publish_words`` has written ``words_version``, the archive once the caller has written the returned columns.

    What an earlier attempt has published is used again, and so are the vectors that it has stored.
    """
    report = ProgressReport(services, document, services.get_language(document.tenant_id), lease)
    with open_scratch_directory(services, document) as folder:
        passages = load_published(services, document)
        if passages is None:
            report(Stage.READING, 0, None)
            passages = read_and_cut(services, document, report)
            publish_words(services, document, report, passages, folder)
        vectors = vectors_prefix(document.tenant_id, document.id, name_vectors(passages, services.embedder))
        facts = build_archive(
            passages,
            folder,
            name=document.name,
            embedder=services.embedder,
            on_progress=report,
            parts=VectorParts(services.storage, vectors, folder),
        )
        report.check_wanted()
        store_meaning(services, document, folder)
        for file in ARCHIVE_FILES:
            key = attempt_prefix(document.tenant_id, document.id, document.fencing_token) + file
            services.storage.save_file(key, folder / file)
    document.archive_version = document.fencing_token
    used = {"archive_version": document.archive_version, "model": facts.model, "hashes": document.hashes | facts.sha256}
    return used | {"stored_bytes": measure_stored(services, document)}


def load_published(services: WorkerServices, document: Document) -> list[Passage] | None:
    """Return the passages that an earlier attempt has published, or None if the document must be read.

    That is the case if there are none, if they were cut for another embedding model, or if their files have changed.
    """
    return read_words(services, document) if document.model == services.embedder.model else None


def read_words(services: WorkerServices, document: Document) -> list[Passage] | None:
    """Return the passages that are in use, or None if there are none or their files have changed."""
    version = document.words_version
    if version is None:
        return None
    key, index = (make_key(document.tenant_id, document.id, version) for make_key in (passages_key, index_key))
    try:
        with services.storage.local_copy(key) as words, services.storage.local_copy(index) as copied_index:
            check_hashes({PASSAGES: words, INDEX: copied_index}, document.hashes)
            return list(read_passages(words))
    except StorageUnavailable:
        log.warning("published_words_unreadable", extra={"document": document.id})
        return None


def read_and_cut(services: WorkerServices, document: Document, report: ProgressReport) -> list[Passage]:
    """Return the passages of the file, which is read in a child process; pages are cut into passages as they come.

    What was found (pages, passages, kind) is written to the document's row. Raise ``UserMistake`` if the file has no
    text, can't be read, is too large for the limits or leaves no room within the quota.
    """
    limits = SizeLimits.from_settings(services.settings)

    def on_progress(done: int, total: int | None) -> None:
        limits.check_total(document.kind, total)
        report(Stage.READING, done, total)

    with open_original(services, document) as path, services.reader(path, document.kind, on_progress) as reading:
        pages, passages = (take_passages if document.kind == ARCHIVE else cut_pages)(reading, services.embedder, limits)
        # A film carries the name of its document, which replaces the film's. Other documents keep theirs: a name is
        # only written if there is one, because the owner may have changed it meanwhile.
        named = {"name": clean_name(reading.name)} if reading.name else {}
        kind = reading.kind
    if not passages:
        raise UserMistake("no_text")
    reserve_for_passages(services, document, passages)
    report.write(pages=pages, passages=len(passages), kind=kind, **named)
    return passages


@contextmanager
def open_original(services: WorkerServices, document: Document) -> Iterator[Path]:
    """A context with the path of the file that the owner sent.

    Raise ``OriginalLost`` if it is missing or another one: somebody may have changed the storage.
    """
    key = original_key(document.tenant_id, document.id)
    if not services.storage.exists(key):
        raise OriginalLost
    with services.storage.local_copy(key) as path:
        if hash_file(path) != document.sha256:
            raise OriginalLost
        yield path


def cut_pages(reading: ReadPages, embedder: Embedder, limits: SizeLimits) -> tuple[int, list[Passage]]:
    """Return the number of the last page, and the passages."""
    last_page = 0

    def follow() -> Iterator[Page]:
        nonlocal last_page
        for page in limits.watch_pages(reading):
            last_page = max(last_page, page.number)
            yield page

    passages = list(limits.watch_passages(cut_document(embedder, follow())))
    return last_page, passages


def take_passages(reading: ReadPages, _embedder: Embedder, limits: SizeLimits) -> tuple[int, list[Passage]]:
    """Do as ``cut_pages`` for a film, whose passages are cut already."""
    passages = list(limits.watch_film(reading.iterate_passages()))
    return max((passage.last_page for passage in passages), default=0), passages


def publish_words(
    services: WorkerServices, document: Document, report: ProgressReport, passages: list[Passage], folder: Path
) -> None:
    """Store the passages and the word index, so that the document can be searched by words from now on."""
    report(Stage.CUTTING, len(passages), len(passages))
    words, index = folder / PASSAGES, folder / INDEX
    write_passages(passages, words)
    texts = [passage.text for passage in passages]
    lexical = build_lexical(texts)
    write_index(lexical, index)
    services.storage.save_file(passages_key(document.tenant_id, document.id, document.fencing_token), words)
    services.storage.save_file(index_key(document.tenant_id, document.id, document.fencing_token), index)
    store_words_sketch(services, document, sketch_words(texts, lexical.language))
    hashes = {PASSAGES: hash_file(words), INDEX: hash_file(index)}
    report.write(words_version=document.fencing_token, model=services.embedder.model, hashes=hashes)


def store_words_sketch(services: WorkerServices, document: Document, words: bytes) -> None:
    """Store what a search over many documents reads instead of opening this one."""
    token = document.fencing_token
    sketch = Sketch(document_id=document.id, format=FORMAT, words_version=token, words=words)
    with services.database.tenant(document.tenant_id) as session:
        sketches.put_sketch(session, document.tenant_id, sketch)


def store_meaning(services: WorkerServices, document: Document, folder: Path) -> None:
    """Add the vectors of the archive in ``folder`` to the sketch of this attempt."""
    token, meaning = document.fencing_token, sketch_meaning(read_vectors(folder / VECTORS))
    # The words may have been published by an earlier attempt.
    version = document.words_version or token
    with services.database.tenant(document.tenant_id) as session:
        sketches.put_meaning(session, document.tenant_id, document.id, version, token, meaning)


@contextmanager
def open_scratch_directory(services: WorkerServices, document: Document) -> Iterator[Path]:
    """A context with a folder for this attempt, deleted at its end; after a killed worker the reconciler deletes it."""
    services.scratch_directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder = Path(tempfile.mkdtemp(prefix=f"{document.id}-{document.fencing_token}-", dir=services.scratch_directory))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
