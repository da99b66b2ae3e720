"""Everything that is kept of a person, packed to be taken away: rows as JSON, originals, films."""

from __future__ import annotations

import json
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from db.models import READY, Document
from db.operations import documents, tenants
from errors import as_storage_errors
from processing.documents.export import LARGEST_BYTES
from processing.documents.limits import MEGABYTE
from processing.documents.names import make_file_name, make_film_name
from processing.services import Services
from storage.keys import VIDEO, attempt_prefix, original_key

ROWS = "data.json"
# Room for what a zip file says about its members.
MARGIN_BYTES = MEGABYTE
MOST_DOCUMENTS = 100_000


@dataclass(frozen=True, slots=True)
class Member:
    """A file to be packed: where it lies, and what it is called for its owner."""

    key: str
    name: str
    size: int


@dataclass
class ArchivePart:
    """Members that fit into one file that Telegram takes."""

    members: list[Member] = field(default_factory=list)
    size: int = 0


@contextmanager
def open_holdings(services: Services, tenant_id: int) -> Iterator[Iterator[Path]]:
    """Zip files of at most what Telegram takes, each made when it is asked for and gone at the next.

    The first holds ``data.json``, every row of the tenant. ``StorageUnavailable`` where a file cannot be read or kept.
    """
    with services.database.tenant(tenant_id, reading=True) as session:
        rows = json.dumps(tenants.list_rows(session, tenant_id), ensure_ascii=False, indent=1, default=str)
        owned = documents.list_documents(session, tenant_id, limit=MOST_DOCUMENTS)
    archive_parts = fill_archive_parts(list_members(services, owned), len(rows.encode()))
    with as_storage_errors():
        services.scratch_directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        opened = tempfile.TemporaryDirectory(prefix="parcels-", dir=services.scratch_directory, ignore_cleanup_errors=True)
    with opened as folder:
        yield (
            write_archive_part(services, Path(folder), archive_part, rows * (number == 0)) for number, archive_part in enumerate(archive_parts)
        )


def list_members(services: Services, owned: Sequence[Document]) -> Iterator[Member]:
    """Originals and films, numbered so that two documents of one name stand side by side."""
    for number, document in enumerate(owned, 1):
        kept = {f"documents/{number} {make_file_name(document.name)}": original_key(document.tenant_id, document.id)}
        if document.state == READY and document.archive_version is not None:
            prefix = attempt_prefix(document.tenant_id, document.id, document.archive_version)
            kept[f"films/{number} {make_film_name(document.name)}"] = prefix + VIDEO
        for name, key in kept.items():
            if services.storage.exists(key):
                with services.storage.local_copy(key) as path:
                    yield Member(key, name, path.stat().st_size)


def fill_archive_parts(members: Iterator[Member], first_size: int) -> list[ArchivePart]:
    """In order; what would be too large for a parcel of its own is left out."""
    archive_parts, room = [ArchivePart(size=first_size)], LARGEST_BYTES - MARGIN_BYTES
    for member in members:
        if member.size > room:
            continue
        if archive_parts[-1].size + member.size > room:
            archive_parts.append(ArchivePart())
        archive_parts[-1].members.append(member)
        archive_parts[-1].size += member.size
    return archive_parts


def write_archive_part(services: Services, folder: Path, archive_part: ArchivePart, rows: str) -> Path:
    path = folder / "parcel.zip"
    with as_storage_errors(), zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        if rows:
            archive.writestr(ROWS, rows)
        for member in archive_part.members:
            with services.storage.local_copy(member.key) as source:
                archive.write(source, member.name)
    return path
