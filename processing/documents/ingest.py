"""Makes the archive of a document: reads, cuts, publishes the words, embeds, films, checks and stores."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from db.models import Document, Sketch
from db.operations import sketches
from db.states import Stage
from errors import UserMistake
from processing.archive import build_archive, read_vectors
from processing.chunking.chunk import cut_document
from processing.documents.names import clean_name
from processing.documents.progress import ProgressReport
from processing.formats.table import ARCHIVE
from processing.ports import Embedder, ReadPages
from processing.retrieval.corpus.sketch import FORMAT, sketch_meaning, sketch_words
from processing.retrieval.index_cache import VECTORS
from processing.retrieval.index_file import write_index
from processing.retrieval.lexical import build_lexical
from processing.retrieval.passage_file import write_passages
from processing.runtime.leases import Lease
from processing.services import WorkerServices
from processing.types import Page, Passage
from storage.keys import ARCHIVE_FILES, INDEX, PASSAGES, attempt_prefix, index_key, original_key, passages_key


def ingest(services: WorkerServices, document: Document, lease: Lease) -> dict[str, object]:
    """Build and store the archive of a claimed document, and return the columns that put the archive into use.

    All files are stored under the fencing token of this attempt. The passages and the word index are in use as soon as
    ``publish_words`` has written ``words_version``, the archive once the caller has written the returned columns.
    """
    report = ProgressReport(services, document, services.get_language(document.tenant_id), lease)
    with open_scratch_directory(services, document) as folder:
        report(Stage.READING, 0, None)
        passages = read_and_cut(services, document, report)
        publish_words(services, document, report, passages, folder)
        facts = build_archive(passages, folder, name=document.name, embedder=services.embedder, on_progress=report)
        report.check_wanted()
        store_meaning(services, document, folder)
        for file in ARCHIVE_FILES:
            key = attempt_prefix(document.tenant_id, document.id, document.fencing_token) + file
            services.storage.save_file(key, folder / file)
    return {"archive_version": document.fencing_token, "model": facts.model, "hashes": facts.sha256}


def read_and_cut(services: WorkerServices, document: Document, report: ProgressReport) -> list[Passage]:
    """Return the passages of the file, which is read in a child process; pages are cut into passages as they come.

    What was found (pages, passages, kind) is written to the document's row. Raise ``UserMistake`` if the file has no
    text or can't be read.
    """

    def on_progress(done: int, total: int | None) -> None:
        report(Stage.READING, done, total)

    key = original_key(document.tenant_id, document.id)
    with services.storage.local_copy(key) as path, services.reader(path, document.kind, on_progress) as reading:
        pages, passages = (take_passages if document.kind == ARCHIVE else cut_pages)(reading, services.embedder)
        # A film carries the name of its document, which replaces the film's. Other documents keep theirs: a name is
        # only written if there is one, because the owner may have changed it meanwhile.
        named = {"name": clean_name(reading.name)} if reading.name else {}
        kind = reading.kind
    if not passages:
        raise UserMistake("no_text")
    report.write(pages=pages, passages=len(passages), kind=kind, **named)
    return passages


def cut_pages(reading: ReadPages, embedder: Embedder) -> tuple[int, list[Passage]]:
    """Return the number of the last page, and the passages."""
    last_page = 0

    def follow() -> Iterator[Page]:
        nonlocal last_page
        for page in reading:
            last_page = max(last_page, page.number)
            yield page

    passages = list(cut_document(embedder, follow()))
    return last_page, passages


def take_passages(reading: ReadPages, _embedder: Embedder) -> tuple[int, list[Passage]]:
    """Do as ``cut_pages`` for a film, whose passages are cut already."""
    passages = list(reading.iterate_passages())
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
    report.write(words_version=document.fencing_token)


def store_words_sketch(services: WorkerServices, document: Document, words: bytes) -> None:
    """Store what a search over many documents reads instead of opening this one."""
    token = document.fencing_token
    sketch = Sketch(document_id=document.id, format=FORMAT, words_version=token, words=words)
    with services.database.tenant(document.tenant_id) as session:
        sketches.put_sketch(session, document.tenant_id, sketch)


def store_meaning(services: WorkerServices, document: Document, folder: Path) -> None:
    """Add the vectors of the archive in ``folder`` to the sketch of this attempt."""
    token, meaning = document.fencing_token, sketch_meaning(read_vectors(folder / VECTORS))
    with services.database.tenant(document.tenant_id) as session:
        sketches.put_meaning(session, document.tenant_id, document.id, token, token, meaning)


@contextmanager
def open_scratch_directory(services: WorkerServices, document: Document) -> Iterator[Path]:
    """A context with a folder for this attempt, deleted at its end; after a killed worker the reconciler deletes it."""
    services.scratch_directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder = Path(tempfile.mkdtemp(prefix=f"{document.id}-{document.fencing_token}-", dir=services.scratch_directory))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
