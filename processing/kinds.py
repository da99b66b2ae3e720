"""Every kind of work, one row each, in the order in which a worker of their queue looks for them."""

from __future__ import annotations

from typing import Any

from db.states import Queue
from processing.documents.export import FILM_EXPORT_JOB
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
    DATA_EXPORT_JOB,
    ERASURE_JOB,
)


def list_kinds(queue: Queue) -> list[JobKind[Any]]:
    """The kinds that workers of this queue work on."""
    return [kind for kind in KINDS if kind.queue == queue]
