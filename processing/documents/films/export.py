"""Sends the film of a ready document as a file, which any Socrate can turn into the document again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from db.models import Document, Task
from db.operations import documents
from db.states import State
from errors import StorageUnavailable, UserMistake
from processing.documents import library
from processing.documents.limits import MEGABYTE, count_megabytes
from processing.documents.names import make_film_name
from processing.jobs import tasks
from processing.jobs.kind import TaskKind
from processing.jobs.rate_limits import EXPORTS, count_request
from processing.jobs.tasks import TaskRequest
from processing.runtime.leases import Lease
from processing.services import Services, WorkerServices
from processing.types import DocumentView, FileView
from storage.keys import VIDEO, attempt_prefix

# The largest file that Telegram takes from a bot.
LARGEST_BYTES = 50 * MEGABYTE


@dataclass(frozen=True, slots=True)
class Export:
    """The film at ``path``, to be sent as ``file_name``. ``name`` is the document's, ``size`` is in bytes."""

    path: Path
    name: str
    file_name: str
    size: int


class FilmExportJob(TaskKind):
    """Sends one film; ``subject`` is the id of the document."""

    name = "film_export"
    failure_key = "export_failed"
    one_per_tenant = True

    def perform(self, services: WorkerServices, row: Task, lease: Lease) -> Mapping[str, object]:
        with open_export(services, row.tenant_id, row.subject) as film:
            services.notifier.deliver_file(make_file_view(services, row, film)).check_delivered()
        return {}


FILM_EXPORT_JOB = FilmExportJob()


def request_export(services: Services, tenant_id: int, document_id: str, chat_id: int, origin: str) -> None:
    """Queue the export.

    Raise ``DocumentNotFound``, ``UserMistake`` (``export_not_ready`` if the document has no film, ``too_many_exports``
    beyond the rate limit), or ``QueueUnavailable`` if no worker could be woken; in the last case the export is queued
    all the same.
    """
    get_filmed(services, tenant_id, document_id)
    count_request(services, tenant_id, EXPORTS, origin)
    tasks.request(services, tenant_id, FILM_EXPORT_JOB, TaskRequest(document_id, chat_id, None, origin))


def list_exportable(services: Services, tenant_id: int) -> list[DocumentView]:
    """Return the documents that have a film, newest first."""
    return [view for view in library.list_library(services, tenant_id).views if view.state == State.READY]


@contextmanager
def open_export(services: Services, tenant_id: int, document_id: str) -> Iterator[Export]:
    """A context with the film, to be read while the context lasts.

    Raise ``UserMistake("export_too_large")`` if Telegram would refuse the film, ``StorageUnavailable`` if its bytes
    have changed, and what ``get_filmed`` raises. The film carries the present name of the document.
    """
    # Imported here because the bot imports this module and must not load the libraries that make films.
    from processing.archive.rename import open_renamed

    document = get_filmed(services, tenant_id, document_id)
    key = attempt_prefix(tenant_id, document.id, document.archive_version or 0) + VIDEO
    with services.storage.local_copy(key) as path:
        size = path.stat().st_size
        if size > LARGEST_BYTES:
            raise make_too_large(document.name, size)
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != document.hashes.get(VIDEO):
                raise StorageUnavailable
        with open_renamed(path, document.name, services.scratch_directory) as named:
            yield Export(named, document.name, make_film_name(document.name), size)


def make_file_view(services: Services, row: Task, film: Export) -> FileView:
    """Return the film with its caption, which says so if the film is too large to be sent back to this Socrate."""
    limit = services.settings.max_file_bytes
    facts: dict[str, object] = {"name": film.name}
    key = "export_caption"
    if film.size > limit:
        key = "export_caption_large"
        facts |= {"size_mb": count_megabytes(film.size), "limit_mb": limit // MEGABYTE}
    return FileView(services.get_language(row.tenant_id), row.chat_id, film.path, film.file_name, key, facts)


def make_too_large(name: str, size: int) -> UserMistake:
    limit_mb = LARGEST_BYTES // MEGABYTE
    return UserMistake("export_too_large", name=name, size_mb=count_megabytes(size), limit_mb=limit_mb)


def get_filmed(services: Services, tenant_id: int, document_id: str) -> Document:
    """Return the document. Raise ``DocumentNotFound``, or ``UserMistake("export_not_ready")`` if it has no film."""
    with services.database.tenant(tenant_id, reading=True) as session:
        document = documents.get_document(session, tenant_id, document_id)
    if document.state != State.READY or document.archive_version is None:
        raise UserMistake("export_not_ready", name=document.name)
    return document
