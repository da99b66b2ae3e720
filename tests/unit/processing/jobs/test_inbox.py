"""Updates are stored once and taken in the order of their chat, by one process at a time."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from db.engine import Database
from processing.jobs import inbox
from processing.jobs.inbox import LEASE, ClaimedUpdate
from processing.jobs.raw_updates import Arrival
from processing.services import Services
from settings import Settings
from tests.rows import count_dead_letters, release_dead

BOT, OTHER_BOT = 111, 222
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
HERE, THERE = "here:1", "there:1"


@dataclass
class Inbox:
    """Services over a database of their own, with a clock that tests set."""

    services: Services
    now: datetime = NOON

    def keep(self, *arrivals: tuple[int, int]) -> None:
        """Store updates, given as (update id, chat id)."""
        kept = [Arrival(update_id, chat, "{}") for update_id, chat in arrivals]
        inbox.store_updates(self.services, BOT, kept)

    def take(self, holder: str = HERE, limit: int = 100) -> list[ClaimedUpdate]:
        return inbox.claim_updates(self.services, BOT, holder, limit)

    def take_ids(self, holder: str = HERE) -> list[int]:
        return [claimed.update_id for claimed in self.take(holder)]


@pytest.fixture
def updates(tmp_path: Path) -> Iterator[Inbox]:
    nothing = cast(Any, None)
    database = Database(f"sqlite:///{tmp_path / 'inbox.db'}")
    database.migrate()
    updates = Inbox(Services(Settings(data_dir=tmp_path), database, nothing, nothing, nothing))
    updates.services.clock = lambda: updates.now
    yield updates
    database.close()


def test_updates_of_one_chat_are_taken_one_after_the_other(updates: Inbox) -> None:
    updates.keep((1, 10), (2, 20), (3, 10))
    first, second = updates.take()
    assert (first.update_id, second.update_id) == (1, 2)
    assert updates.take() == []
    inbox.finish_updates(updates.services, [first])
    assert updates.take_ids() == [3]


def test_taps_are_taken_first_and_beyond_the_limit_of_messages(updates: Inbox) -> None:
    updates.keep((1, 10), (2, 20), (3, 10))
    taps = [Arrival(number, number * 10, "{}", is_tap=True) for number in (4, 5, 6)]
    inbox.store_updates(updates.services, BOT, taps)
    own_chat = Arrival(7, 20, "{}", is_tap=True)
    inbox.store_updates(updates.services, BOT, [own_chat])
    taken = inbox.claim_updates(updates.services, BOT, HERE, 1, taps=1)
    assert [claimed.update_id for claimed in taken] == [4, 5]
    taken = inbox.claim_updates(updates.services, BOT, HERE, 0, taps=9)
    assert [claimed.update_id for claimed in taken] == [6], "a tap goes past other chats, never past its own"
    assert updates.take_ids() == [1, 2]


def test_update_that_telegram_repeats_is_handled_once(updates: Inbox) -> None:
    updates.keep((1, 10))
    updates.keep((1, 10))
    (claimed,) = updates.take()
    inbox.finish_updates(updates.services, [claimed])
    updates.keep((1, 10))
    assert updates.take() == []


def test_an_update_that_ends_the_process_again_and_again_costs_no_other(updates: Inbox) -> None:
    deadly, everyone = 30, range(1, 101)
    updates.keep(*((number, number * 10) for number in everyone))
    handled: set[int] = set()
    while taken := updates.take():
        if any(claimed.update_id == deadly and claimed.attempts <= inbox.MAX_ATTEMPTS for claimed in taken):
            release_dead(updates.services, HERE)
            continue
        assert all(claimed.attempts <= inbox.MAX_ATTEMPTS for claimed in taken if claimed.update_id != deadly)
        assert sum(claimed.is_suspect for claimed in taken) <= 1
        inbox.finish_updates(updates.services, taken)
        handled |= {claimed.update_id for claimed in taken}
    assert handled == set(everyone)


def test_a_suspect_waits_for_the_one_in_work_and_keeps_nobody_waiting(updates: Inbox) -> None:
    updates.keep((1, 10), (2, 20), (3, 30))
    for _ in range(inbox.MAX_ATTEMPTS - 1):
        assert updates.take_ids() == [1, 2, 3]
        release_dead(updates.services, HERE)
    assert updates.take_ids() == [1]
    updates.keep((4, 40))
    taken = inbox.claim_updates(updates.services, BOT, HERE, 10, suspects=False)
    assert [claimed.update_id for claimed in taken] == [4]


def test_another_bot_on_the_same_database_has_updates_of_its_own(updates: Inbox) -> None:
    updates.keep((1, 10))
    assert inbox.claim_updates(updates.services, OTHER_BOT, HERE, 10) == []


def test_update_is_taken_over_only_after_its_lease(updates: Inbox) -> None:
    updates.keep((1, 10))
    updates.take(HERE)
    assert updates.take(THERE) == []
    updates.now += LEASE - timedelta(seconds=1)
    inbox.renew_updates(updates.services, BOT, [1], HERE)
    updates.now += timedelta(seconds=2)
    assert updates.take(THERE) == []
    updates.now += LEASE
    (claimed,) = updates.take(THERE)
    assert claimed.attempts == 2


def test_process_that_lost_its_lease_changes_nothing(updates: Inbox) -> None:
    updates.keep((1, 10))
    (late,) = updates.take(HERE)
    updates.now += 2 * LEASE
    (claimed,) = updates.take(THERE)
    inbox.finish_updates(updates.services, [late])
    assert not inbox.move_to_dead_letters(updates.services, late)
    inbox.renew_updates(updates.services, BOT, [1], HERE)
    assert inbox.move_to_dead_letters(updates.services, claimed)


def test_update_put_back_delays_only_its_own_chat(updates: Inbox) -> None:
    updates.keep((1, 10), (2, 10), (3, 20))
    first, third = updates.take()
    inbox.put_update_back(updates.services, first, timedelta(seconds=5))
    inbox.finish_updates(updates.services, [third])
    assert updates.take() == []
    updates.now += timedelta(seconds=6)
    (again,) = updates.take()
    assert (again.update_id, again.attempts) == (1, 2)
    inbox.put_update_back(updates.services, again, timedelta(0), counted=False)
    assert updates.take()[0].attempts == 2


def test_dead_letter_is_counted_and_does_not_delay_its_chat(updates: Inbox) -> None:
    updates.keep((1, 10), (2, 10))
    (broken,) = updates.take()
    inbox.move_to_dead_letters(updates.services, broken)
    assert updates.take_ids() == [2]
    assert count_dead_letters(updates.services.database) == 1
    updates.now += timedelta(days=15)
    inbox.drop_ended_updates(updates.services)
    assert count_dead_letters(updates.services.database) == 0


def test_handled_update_is_remembered_as_long_as_telegram_repeats_it(updates: Inbox) -> None:
    updates.keep((1, 10))
    inbox.finish_updates(updates.services, [updates.take()[0]])
    updates.now += timedelta(hours=25)
    inbox.drop_ended_updates(updates.services)
    updates.keep((1, 10))
    assert updates.take() == []


def test_updates_of_a_dead_process_are_released_at_the_next_start(updates: Inbox) -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    dead = inbox.name_holder().replace(str(os.getpid()), str(ended.pid))
    alive = inbox.name_holder().replace(str(os.getpid()), str(os.getppid()))
    updates.keep((1, 10), (2, 20), (3, 30))
    updates.take(dead, limit=1)
    updates.take(alive, limit=1)
    updates.take("elsewhere:1", limit=1)
    assert inbox.release_dead_holders(updates.services, BOT) == 1
    assert updates.take_ids() == [1]
