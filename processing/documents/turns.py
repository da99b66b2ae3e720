"""Long work is cut into turns: it goes back to the queue when somebody waits who has nothing in work."""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import timedelta

from db.models import Document
from db.operations.upkeep import work_queue
from errors import Postponed, TransientFailure
from processing.services import WorkerServices

# A turn lasts at least so long, so that going on with the work costs little beside it.
TURN_SECONDS = 5.0
# How often the database is asked whether somebody waits.
CHECK_SECONDS = 2.0
# A document that waits for less may be about to be claimed by a thread that is free.
WAITED = timedelta(seconds=1)


class Turn:
    """The turn of a claimed document. It begins with the first call of ``check``, which never ends it."""

    def __init__(self, services: WorkerServices, document: Document) -> None:
        self.services, self.document = services, document
        self._asked: float | None = None

    def check(self) -> None:
        """Raise ``Postponed``, uncounted, if the turn is over. Call it where the work done so far can be kept."""
        now = time.monotonic()
        if self._asked is None:
            self._asked = now + TURN_SECONDS - CHECK_SECONDS
        elif now - self._asked >= CHECK_SECONDS:
            self._asked = now
            if self._is_over():
                raise Postponed(0, counted=False)

    def _is_over(self) -> bool:
        """Return True if somebody waits who has nothing in work; they come before this tenant then."""
        tenant_id, now = self.document.tenant_id, self.services.clock()
        with suppress(TransientFailure):
            with self.services.database.upkeep(reading=True) as session:
                if not work_queue.has_waiting_other(
                    session, Document, tenant_id, now - WAITED, now, suspect=self.services.alone
                ):
                    return False
            with self.services.database.upkeep() as session:
                work_queue.note_served(session, tenant_id, now)
            return True
        return False
