"""Updates are kept once, taken in order within a chat, by one process at a time."""

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
from processing.jobs.inbox import LEASE, Arrival, Claimed
from processing.services import Services
from settings import Settings
from tests.rows import count_dead_letters

BOT, OTHER_BOT = 111, 222
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
HERE, THERE = "here:1", "there:1"


@dataclass
class House:
    """Services over a database of its own, with a clock that tests set."""

    services: Services
    now: datetime = NOON

    def keep(self, *arrivals: tuple[int, int]) -> None:
        """(update, chat)"""
        kept = [Arrival(update_id, chat, {"update_id": update_id}) for update_id, chat in arrivals]
        inbox.keep_updates(self.services, BOT, kept)

    def take(self, holder: str = HERE, limit: int = 100) -> list[Claimed]:
        return inbox.take_updates(self.services, BOT, holder, limit)

    def take_ids(self, holder: str = HERE) -> list[int]:
        return [claimed.update_id for claimed in self.take(holder)]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    nothing = cast(Any, None)
    database = Database(f"sqlite:///{tmp_path / 'inbox.db'}")
    database.migrate()
    house = House(Services(Settings(data_dir=tmp_path), database, nothing, nothing, nothing))
    house.services.clock = lambda: house.now
    yield house
    database.close()


def test_the_oldest_of_each_chat_is_taken_and_the_next_only_after_it(house: House) -> None:
    house.keep((1, 10), (2, 20), (3, 10))
    first, second = house.take()
    assert (first.update_id, second.update_id) == (1, 2)
    assert house.take() == []
    inbox.finish_updates(house.services, [first])
    assert house.take_ids() == [3]


def test_taps_are_taken_first_and_beyond_the_limit_of_messages(house: House) -> None:
    house.keep((1, 10), (2, 20), (3, 10))
    taps = [Arrival(number, number * 10, {"update_id": number, "callback_query": {"id": "1"}}) for number in (4, 5, 6)]
    inbox.keep_updates(house.services, BOT, taps)
    own_chat = Arrival(7, 20, {"update_id": 7, "callback_query": {"id": "2"}})
    inbox.keep_updates(house.services, BOT, [own_chat])
    taken = inbox.take_updates(house.services, BOT, HERE, 1, taps=1)
    assert [claimed.update_id for claimed in taken] == [4, 5]
    taken = inbox.take_updates(house.services, BOT, HERE, 0, taps=9)
    assert [claimed.update_id for claimed in taken] == [6], "a tap goes past other chats, never past its own"
    assert house.take_ids() == [1, 2]


def test_what_is_delivered_again_is_not_handled_again(house: House) -> None:
    house.keep((1, 10))
    house.keep((1, 10))
    (claimed,) = house.take()
    inbox.finish_updates(house.services, [claimed])
    house.keep((1, 10))
    assert house.take() == []


def test_another_bot_on_the_same_database_has_updates_of_its_own(house: House) -> None:
    house.keep((1, 10))
    assert inbox.take_updates(house.services, OTHER_BOT, HERE, 10) == []


def test_what_one_process_holds_no_other_takes_until_the_lease_is_over(house: House) -> None:
    house.keep((1, 10))
    house.take(HERE)
    assert house.take(THERE) == []
    house.now += LEASE - timedelta(seconds=1)
    inbox.renew_updates(house.services, BOT, [1], HERE)
    house.now += timedelta(seconds=2)
    assert house.take(THERE) == []
    house.now += LEASE
    (claimed,) = house.take(THERE)
    assert claimed.attempts == 2


def test_who_lost_the_lease_changes_nothing(house: House) -> None:
    house.keep((1, 10))
    (late,) = house.take(HERE)
    house.now += 2 * LEASE
    (claimed,) = house.take(THERE)
    inbox.finish_updates(house.services, [late])
    assert not inbox.move_to_dead_letters(house.services, late)
    inbox.renew_updates(house.services, BOT, [1], HERE)
    assert inbox.move_to_dead_letters(house.services, claimed)


def test_what_is_put_back_waits_and_holds_up_its_chat_only(house: House) -> None:
    house.keep((1, 10), (2, 10), (3, 20))
    first, third = house.take()
    inbox.put_update_back(house.services, first, timedelta(seconds=5))
    inbox.finish_updates(house.services, [third])
    assert house.take() == []
    house.now += timedelta(seconds=6)
    (again,) = house.take()
    assert (again.update_id, again.attempts) == (1, 2)
    inbox.put_update_back(house.services, again, timedelta(0), counted=False)
    assert house.take()[0].attempts == 2


def test_what_is_set_aside_is_counted_and_holds_up_nobody(house: House) -> None:
    house.keep((1, 10), (2, 10))
    (broken,) = house.take()
    inbox.move_to_dead_letters(house.services, broken)
    assert house.take_ids() == [2]
    assert count_dead_letters(house.services.database) == 1
    house.now += timedelta(days=15)
    inbox.drop_ended(house.services)
    assert count_dead_letters(house.services.database) == 0


def test_numbers_are_remembered_as_long_as_telegram_delivers_again(house: House) -> None:
    house.keep((1, 10))
    inbox.finish_updates(house.services, [house.take()[0]])
    house.now += timedelta(hours=25)
    inbox.drop_ended(house.services)
    house.keep((1, 10))
    assert house.take() == []


def test_after_a_kill_the_next_start_need_not_wait(house: House) -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    dead = inbox.name_holder().replace(str(os.getpid()), str(ended.pid))
    alive = inbox.name_holder().replace(str(os.getpid()), str(os.getppid()))
    house.keep((1, 10), (2, 20), (3, 30))
    house.take(dead, limit=1)
    house.take(alive, limit=1)
    house.take("elsewhere:1", limit=1)
    assert inbox.release_dead(house.services, BOT) == 1
    assert house.take_ids() == [1]
