"""Sends a person everything that is kept of them, in zip files: rows as JSON, originals and films."""

from __future__ import annotations

import json
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from db.models import Document, Task
from db.operations import claims, documents, tenants
from db.states import State
from errors import as_storage_errors
from processing.delivery import DeliveryState
from processing.documents.films.export import LARGEST_BYTES
from processing.documents.limits import MEGABYTE
from processing.documents.names import make_file_name, make_film_name
from processing.jobs import tasks
from processing.jobs.kind import TaskKind, check_wanted
from processing.jobs.rate_limits import EXPORTS, count_request
from processing.jobs.tasks import TaskRequest
from processing.runtime.leases import Lease
from processing.runtime.retry import retry_transient
from processing.services import Services, WorkerServices
from processing.types import FileView
from storage.keys import VIDEO, attempt_prefix, original_key

ROWS = "data.json"
# Scratch directories begin with this and the tenant's id, so that an erasure finds those of a dead process.
PARTS = "parts-"
# Room for the names and headers that a zip file holds besides its members.
MARGIN_BYTES = MEGABYTE
MOST_DOCUMENTS = 100_000


@dataclass(frozen=True, slots=True)
class Member:
    """A file to be packed: its storage key, its name in the zip file, and its size in bytes.

    ``title`` is the name that a film is given, the present one of its document; it is empty for other files.
    """

    key: str
    name: str
    size: int
    title: str = ""


@dataclass
class ArchivePart:
    """The members of one zip file, which together are small enough for Telegram; ``size`` is in bytes."""

    members: list[Member] = field(default_factory=list)
    size: int = 0


class DataExportJob(TaskKind):
    """Sends the parts one after the other.

    ``result`` holds the number of parts sent; a further attempt goes on after them.
    """

    name = "data_export"
    failure_key = "mydata_failed"
    one_per_tenant = True

    def perform(self, services: WorkerServices, row: Task, lease: Lease) -> Mapping[str, object]:
        language, sent = services.get_language(row.tenant_id), int(row.result.get("sent", 0))
        with open_archive_parts(services, row.tenant_id, skip=sent) as paths:
            for number, path in enumerate(paths, sent + 1):
                check_wanted(services, row, lease)
                facts = {"number": str(number)}
                name = f"socrate-{number}.zip"
                file = FileView(language, row.chat_id, path, name, "mydata_caption", facts)
                delivery = services.notifier.deliver_file(file)
                delivery.check_delivered()
                if delivery.state is DeliveryState.UNREACHABLE:
                    break
                # Retried here: another attempt would send the part again.
                retry_transient(partial(record_sent, services, row, number))
        return {}

    def choose_sentence(self, row: Task) -> tuple[str, dict[str, Any]]:
        return self.failure_key, {}


DATA_EXPORT_JOB = DataExportJob()


def request_data_export(services: Services, tenant_id: int, chat_id: int, message_id: int | None, origin: str) -> None:
    """Queue the export.

    Raise ``UserMistake("too_many_exports")`` beyond the rate limit, and ``QueueUnavailable`` if no worker could be
    woken; in the last case the export is queued all the same.
    """
    count_request(services, tenant_id, EXPORTS, origin)
    tasks.request(services, tenant_id, DATA_EXPORT_JOB, TaskRequest("all", chat_id, message_id, origin))


def record_sent(services: WorkerServices, row: Task, number: int) -> None:
    with services.database.tenant(row.tenant_id) as session:
        result = {"sent": number}
        claims.write_claimed(session, row.tenant_id, Task, row.id, row.fencing_token, result=result)


@contextmanager
def open_archive_parts(services: Services, tenant_id: int, skip: int = 0) -> Iterator[Iterator[Path]]:
    """A context with an iterator over the paths of zip files that are small enough for Telegram.

    Each file is made when the iterator comes to it, and overwritten by the next; the first ``skip`` are not made. The
    first one holds ``data.json``, all rows of the tenant. Raise ``StorageUnavailable`` if reading or writing fails.
    """
    with services.database.tenant(tenant_id, reading=True) as session:
        owned = documents.list_documents(session, tenant_id, limit=MOST_DOCUMENTS)
    with as_storage_errors():
        services.scratch_directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder = tempfile.TemporaryDirectory(
            prefix=f"{PARTS}{tenant_id}-", dir=services.scratch_directory, ignore_cleanup_errors=True
        )
    with folder as opened:
        rows = Path(opened) / ROWS
        write_rows(services, tenant_id, rows)
        parts = fill_archive_parts(iterate_members(services, owned), rows.stat().st_size)
        yield (
            write_archive_part(services, Path(opened), part, rows if number == 0 else None)
            for number, part in enumerate(parts)
            if number >= skip
        )


def write_rows(services: Services, tenant_id: int, path: Path) -> None:
    """Write all rows of the tenant as JSON, an object with a list for each table, without holding them in memory."""
    with (
        as_storage_errors(),
        path.open("w", encoding="utf-8") as file,
        services.database.tenant(tenant_id, reading=True) as session,
    ):
        file.write("{")
        for number, (table, rows) in enumerate(tenants.iterate_tables(session, tenant_id)):
            file.write(("," if number else "") + f"\n{json.dumps(table)}: [")
            for position, row in enumerate(rows):
                written = json.dumps(row, ensure_ascii=False, default=str)
                file.write(("," if position else "") + f"\n {written}")
            file.write("]")
        file.write("\n}\n")


def iterate_members(services: Services, owned: Sequence[Document]) -> Iterator[Member]:
    """Yield originals and films, with numbers in their names so that documents of the same name do not collide."""
    for number, document in enumerate(owned, 1):
        original = original_key(document.tenant_id, document.id)
        kept = [(original, f"documents/{number} {make_file_name(document.name)}", "")]
        if document.state == State.READY and document.archive_version is not None:
            prefix = attempt_prefix(document.tenant_id, document.id, document.archive_version)
            kept.append((prefix + VIDEO, f"films/{number} {make_film_name(document.name)}", document.name))
        for key, name, title in kept:
            if services.storage.exists(key):
                yield Member(key, name, services.storage.get_size(key), title)


def fill_archive_parts(members: Iterator[Member], first_size: int) -> list[ArchivePart]:
    """Distribute the members to parts in order; a member that is too large for any part is left out.

    ``first_size`` is the number of bytes that are taken in the first part already.
    """
    parts, room = [ArchivePart(size=first_size)], LARGEST_BYTES - MARGIN_BYTES
    for member in members:
        if member.size > room:
            continue
        if parts[-1].size + member.size > room:
            parts.append(ArchivePart())
        parts[-1].members.append(member)
        parts[-1].size += member.size
    return parts


def write_archive_part(services: Services, folder: Path, part: ArchivePart, rows: Path | None) -> Path:
    """Write the members, and the file ``rows`` as ``data.json`` if there is one, to a zip file and return its path."""
    path = folder / "part.zip"
    with as_storage_errors(), zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        if rows is not None:
            archive.write(rows, ROWS)
        for member in part.members:
            with services.storage.local_copy(member.key) as stored, open_titled(stored, member, folder) as packed:
                archive.write(packed, member.name)
    return path


def open_titled(path: Path, member: Member, folder: Path) -> AbstractContextManager[Path]:
    """A context with the path of the member as it is packed: a film with the present name of its document."""
    # Imported here because the bot imports this module and must not load the libraries that make films.
    from processing.archive.rename import open_renamed

    return open_renamed(path, member.title, folder) if member.title else nullcontext(path)
