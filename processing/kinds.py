"""The table of all kinds of work, one row each. A worker looks for due work in the order of the rows."""

from __future__ import annotations

from typing import Any

from db.states import Queue
from processing.documents.films.export import FILM_EXPORT_JOB
from processing.documents.films.renewal import RENEWAL_JOB
from processing.documents.job import DOCUMENT_JOB
from processing.jobs.kind import JobKind
from processing.questions.job import QUESTION_JOB
from processing.questions.preview import PREVIEW_JOB
from processing.tenants.data_export import DATA_EXPORT_JOB
from processing.tenants.erasure import ERASURE_JOB

KINDS: tuple[JobKind[Any], ...] = (
    DOCUMENT_JOB,
    QUESTION_JOB,
    PREVIEW_JOB,
    FILM_EXPORT_JOB,
    RENEWAL_JOB,
    DATA_EXPORT_JOB,
    ERASURE_JOB,
)


BY_NAME: dict[str, JobKind[Any]] = {kind.name: kind for kind in KINDS}


def list_kinds(queue: Queue) -> list[JobKind[Any]]:
    """Return the kinds of work that belong to this queue, in the order of the table."""
    return [kind for kind in KINDS if kind.queue == queue]
