"""What the status page shows of the workers is counted by the rows that they hold."""

from __future__ import annotations

from typing import Any, cast

from db.engine import Database
from db.models import READY, WORKING
from db.operations.upkeep import workers
from processing.maintenance import health
from processing.services import ANSWERS, DOCUMENTS, Services
from settings import Settings
from tests.doubles import Clock, CountingBell
from tests.integration.people import People


def test_a_worker_is_busy_with_what_it_holds(database: Database, clock: Clock, people: People) -> None:
    nothing = cast(Any, None)
    services = Services(Settings(), database, nothing, CountingBell(), nothing, clock)
    with database.upkeep() as session:
        for worker, queue in (("here:1", DOCUMENTS), ("here:2", ANSWERS), ("here:3", DOCUMENTS)):
            workers.touch_worker(session, worker, queue, clock())
    people.add_document(people.alice, state=WORKING, worker="here:1")
    people.add_document(people.charlie, state=WORKING, worker="here:1")
    people.add_document(people.alice, state=READY, worker="here:3")
    people.add_question(people.charlie, state=WORKING, worker="here:2")
    assert health.get_overview(services).workers == [(DOCUMENTS, 0.0, 2), (ANSWERS, 0.0, 1), (DOCUMENTS, 0.0, 0)]
