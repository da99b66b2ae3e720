"""The status page shows, for each worker, how many rows it holds."""

from __future__ import annotations

from typing import Any, cast

from db.engine import Database
from db.operations.upkeep import workers
from db.states import Queue, State
from processing.maintenance import health
from processing.services import Services
from settings import Settings
from tests.doubles import Clock, CountingWakeUp
from tests.integration.people import People


def test_worker_is_shown_with_the_number_of_rows_it_holds(database: Database, clock: Clock, people: People) -> None:
    nothing = cast(Any, None)
    services = Services(Settings(), database, nothing, CountingWakeUp(), nothing, clock)
    with database.upkeep() as session:
        for worker, queue in (("here:1", Queue.DOCUMENTS), ("here:2", Queue.ANSWERS), ("here:3", Queue.DOCUMENTS)):
            workers.touch_worker(session, worker, queue, clock())
    people.add_document(people.alice, state=State.WORKING, worker="here:1")
    people.add_document(people.charlie, state=State.WORKING, worker="here:1")
    people.add_document(people.alice, state=State.READY, worker="here:3")
    people.add_question(people.charlie, state=State.WORKING, worker="here:2")
    assert health.get_overview(services).workers == [
        (Queue.DOCUMENTS, 0.0, 2),
        (Queue.ANSWERS, 0.0, 1),
        (Queue.DOCUMENTS, 0.0, 0),
    ]
