"""A ready document's film, given out as a file that any Socrate reads back."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from db.models import READY, Document
from db.operations import documents
from errors import StorageUnavailable, UserMistake
from processing.documents import library
from processing.documents.limits import MEGABYTE, count_megabytes
from processing.documents.names import make_film_name
from processing.services import Services
from processing.types import DocumentView
from storage.keys import VIDEO, attempt_prefix

# What Telegram takes from a bot.
LARGEST_BYTES = 50 * MEGABYTE


@dataclass(frozen=True, slots=True)
class Export:
    """The film at ``path``, to be sent as ``file_name``; ``size`` in bytes."""

    path: Path
    name: str
    file_name: str
    size: int


def list_exportable(services: Services, tenant_id: int) -> list[DocumentView]:
    """Documents that have a film, newest first."""
    return [view for view in library.list_library(services, tenant_id).views if view.state == READY]


def check_exportable(services: Services, tenant_id: int, document_id: str) -> None:
    """Raise ``DocumentNotFound`` or ``export_not_ready`` where there is no film."""
    get_filmed(services, tenant_id, document_id)


@contextmanager
def open_export(services: Services, tenant_id: int, document_id: str) -> Iterator[Export]:
    """The film to read while the context lasts; ``export_too_large`` for more than Telegram takes.

    ``StorageUnavailable`` where the film is not what was made.
    """
    document = get_filmed(services, tenant_id, document_id)
    key = attempt_prefix(tenant_id, document.id, document.archive_version or 0) + VIDEO
    with services.storage.local_copy(key) as path:
        size = path.stat().st_size
        if size > LARGEST_BYTES:
            raise make_too_large(document.name, size)
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != document.hashes.get(VIDEO):
                raise StorageUnavailable
        yield Export(path, document.name, make_film_name(document.name), size)


def make_too_large(name: str, size: int) -> UserMistake:
    limit_mb = LARGEST_BYTES // MEGABYTE
    return UserMistake("export_too_large", name=name, size_mb=count_megabytes(size), limit_mb=limit_mb)


def get_filmed(services: Services, tenant_id: int, document_id: str) -> Document:
    with services.database.tenant(tenant_id, reading=True) as session:
        document = documents.get_document(session, tenant_id, document_id)
    if document.state != READY or document.archive_version is None:
        raise UserMistake("export_not_ready", name=document.name)
    return document
