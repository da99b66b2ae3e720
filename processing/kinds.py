"""Every kind of work, one row each, in the order in which a worker of their queue looks for them."""

from __future__ import annotations

from typing import Any

from db.states import Queue
from processing.documents.export import FILM_EXPORT
from processing.documents.job import DOCUMENT
from processing.jobs.kind import JobKind
from processing.questions.job import QUESTION
from processing.questions.preview import PREVIEW
from processing.tenants.data_export import DATA_EXPORT
from processing.tenants.erasure import ERASURE

KINDS: tuple[JobKind[Any], ...] = (DOCUMENT, QUESTION, PREVIEW, FILM_EXPORT, DATA_EXPORT, ERASURE)


def list_kinds(queue: Queue) -> list[JobKind[Any]]:
    """The kinds that workers of this queue work on."""
    return [kind for kind in KINDS if kind.queue == queue]
