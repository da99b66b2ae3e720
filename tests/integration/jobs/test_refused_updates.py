"""What the database refuses in one update of a batch: the others are stored, and this one as a dead letter."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text

from db.engine import Database
from db.models import InboxUpdate
from db.states import UpdateState
from processing.jobs import inbox
from processing.jobs.raw_updates import Arrival, make_arrival
from processing.services import Services

BOT, HOLDER = 5, "here:1"


def list_rows(database: Database) -> list[tuple[int, str, str | None]]:
    with database.upkeep(reading=True) as session:
        rows = session.scalars(select(InboxUpdate).order_by(InboxUpdate.update_id)).all()
        return [(row.update_id, row.state, row.problem) for row in rows]


def test_the_others_are_stored(services: Services, database: Database) -> None:
    refused = [Arrival(2, 7, "\ud800"), Arrival(3, 2**70, "{}")]
    inbox.store_updates(services, BOT, [Arrival(1, 7, "{}"), *refused, Arrival(4, 8, "{}")])
    assert [row[:2] for row in list_rows(database)] == [
        (1, UpdateState.WAITING),
        (2, UpdateState.DEAD_LETTER),
        (3, UpdateState.DEAD_LETTER),
        (4, UpdateState.WAITING),
    ]
    assert all(problem and problem.startswith("not stored: ") for _, _, problem in list_rows(database)[1:3])
    taken = inbox.claim_updates(services, BOT, HOLDER, 10)
    assert [claimed.update_id for claimed in taken] == [1, 4]


def test_nothing_is_confirmed_while_the_table_is_away(services: Services, database: Database) -> None:
    with database.engine.begin() as connection:
        connection.execute(text("ALTER TABLE updates RENAME TO away"))
    with pytest.raises(Exception, match=r"updates|database_busy"):
        inbox.store_updates(services, BOT, [Arrival(1, 7, "{}")])


def test_text_with_nul_is_stored_and_claimed_and_orders_nothing(services: Services) -> None:
    """PostgreSQL can't read a field of JSON that has a NUL anywhere in it."""
    message = {"chat": {"id": 7}, "text": "a\x00b\ud800"}
    updates: list[object] = [{"update_id": 1, "message": message}, {"update_id": 2, "callback_query": {"data": "\x00"}}]
    inbox.store_updates(services, BOT, [make_arrival(update) for update in updates])
    taken = inbox.claim_updates(services, BOT, HOLDER, 10)
    assert [claimed.update_id for claimed in taken] == [2, 1], "a tap comes first"
    assert "\\u0000" in taken[1].raw


def test_a_dead_letter_says_why(services: Services, database: Database) -> None:
    inbox.store_updates(services, BOT, [Arrival(1, 7, "{}")])
    (claimed,) = inbox.claim_updates(services, BOT, HOLDER, 10)
    assert inbox.move_to_dead_letters(services, claimed, "failed: KeyError" + "x" * 300)
    ((_, state, problem),) = list_rows(database)
    assert state == UpdateState.DEAD_LETTER and problem and problem.startswith("failed: KeyError")
