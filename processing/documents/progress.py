"""The progress of work on one document, written to its row and shown in its message."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace

from db.models import Document
from db.operations import claims
from db.states import Stage
from errors import Cancelled, LeaseLost, TransientFailure, WorkerStopping
from processing.documents.stages import estimate_left, measure_percent
from processing.documents.turns import Turn
from processing.documents.view import view_document
from processing.runtime.leases import Lease
from processing.runtime.retry import retry_transient
from processing.services import WorkerServices
from processing.types import DocumentView

WRITE_EVERY_SECONDS = 1.0


class ProgressReport:
    """Writes and shows progress; called between batches as ``report(stage, done, total)``.

    The call raises ``Cancelled`` if the person asked for it, ``LeaseLost`` if another worker has the document or it is
    deleted, and ``WorkerStopping`` if this process is asked to end. While passages are embedded, whose vectors can be
    kept, it raises ``Postponed`` if somebody else is next.
    """

    def __init__(self, services: WorkerServices, document: Document, language: str, lease: Lease) -> None:
        self.services, self.document, self.language, self.lease = services, document, language, lease
        self.stage = ""
        self._stage_began = self._written = 0.0
        self._first_done = 0
        self._turn = Turn(services, document)

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        self.check_wanted()
        now = time.monotonic()
        changed = stage != self.stage
        if changed:
            self.stage, self._stage_began, self._first_done = stage, now, done
        if changed or now - self._written >= WRITE_EVERY_SECONDS:
            self._written = now
            # A failed write does not stop the work: the next report comes soon, and another thread renews the lease.
            with suppress(TransientFailure):
                self._write(stage=stage, done=done, total=total)
            self.services.notifier.show_document(self._view(stage, done, total, now - self._stage_began))
        if stage == Stage.EMBEDDING:
            self._turn.check()

    def check_wanted(self) -> None:
        """Raise ``WorkerStopping`` or ``LeaseLost`` if the work is not to go on; does not ask the database."""
        if self.services.stopping.is_set():
            raise WorkerStopping
        if self.lease.lost.is_set():
            raise LeaseLost

    def write(self, **values: object) -> None:
        """Write ``values`` to the row; raise ``LeaseLost`` or ``Cancelled`` if the work is not to go on."""
        retry_transient(lambda: self._write(**values))

    def _write(self, **values: object) -> None:
        document = self.document
        with self.services.database.tenant(document.tenant_id) as session:
            claims.write_claimed(session, document.tenant_id, Document, document.id, document.fencing_token, **values)
            if claims.is_cancel_requested(session, document.tenant_id, Document, document.id):
                raise Cancelled
        for name, value in values.items():
            setattr(document, name, value)

    def _view(self, stage: str, done: int, total: int | None, stage_seconds: float) -> DocumentView:
        view = view_document(self.document, self.language, self.services.clock())
        # What an earlier attempt has done took no time in this one.
        whole_seconds = stage_seconds * done / max(1, done - self._first_done)
        left = estimate_left(stage, done, total, whole_seconds)
        return replace(view, left=left, percent=measure_percent(stage, done, total))
