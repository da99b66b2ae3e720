"""Whoever runs Socrate is told once when something fails for a while, and once when it is well again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest

from bot.context import BotContext
from bot.delivery.admin_alerts import PATIENCE_SECONDS, Watch
from db.engine import Database, DatabaseUnavailable
from processing.services import Services, read_clock
from settings import Settings
from tests.unit.bot.web.doubles import SOUND, FakeSource, make_failing

ADMIN = 7
ILL = make_failing("queue", "The queue does not answer.")


@dataclass
class FakeBot:
    said: list[tuple[int, str]] = field(default_factory=list)

    async def send_message(self, chat_id: int, text: str, **_more: object) -> None:
        self.said.append((chat_id, text))


class Tower:
    """A house with its admin, and processes that watch it."""

    def __init__(self, services: Services) -> None:
        self.services, self.bot, self.source, self.now = services, FakeBot(), FakeSource(), 0.0

    def make_watch(self) -> Watch:
        return Watch(self.source, BotContext(self.services), cast(Any, self.bot), lambda: self.now)

    async def pass_time(self, watch: Watch, seconds: float = PATIENCE_SECONDS) -> None:
        self.now += seconds
        await watch.look()


@pytest.fixture
def tower(tmp_path: Path) -> Iterator[Tower]:
    database = Database(f"sqlite:///{tmp_path / 'watch.db'}")
    database.migrate()
    nothing = cast(Any, None)
    settings = Settings(admin_users=frozenset({ADMIN}), data_dir=tmp_path)
    yield Tower(Services(settings, database, nothing, nothing, nothing, read_clock))
    database.close()


async def test_a_failure_is_told_after_a_while_and_its_end_at_once(tower: Tower) -> None:
    watch = tower.make_watch()
    await watch.look()
    tower.source.status = ILL
    await watch.look()
    await tower.pass_time(watch, PATIENCE_SECONDS - 1)
    assert tower.bot.said == []
    await tower.pass_time(watch, 1)
    await tower.pass_time(watch)
    ((who, text),) = tower.bot.said
    assert who == ADMIN and "queue" in text and "does not answer" in text
    tower.source.status = SOUND
    await watch.look()
    await watch.look()
    assert [text for _, text in tower.bot.said[1:]] == ["Socrate: <b>queue</b> works again."]


async def test_a_moment_of_failure_is_told_to_nobody(tower: Tower) -> None:
    watch = tower.make_watch()
    tower.source.status = ILL
    await watch.look()
    tower.source.status = SOUND
    await tower.pass_time(watch)
    assert tower.bot.said == []


async def test_of_two_processes_one_speaks_and_the_next_start_goes_on(tower: Tower) -> None:
    first, second = tower.make_watch(), tower.make_watch()
    tower.source.status = ILL
    for watch in (first, second):
        await watch.look()
    tower.now += PATIENCE_SECONDS
    for watch in (first, second):
        await watch.look()
    assert len(tower.bot.said) == 1
    tower.source.status = SOUND
    await tower.make_watch().look()
    assert len(tower.bot.said) == 2


async def test_without_a_database_it_is_told_all_the_same(tower: Tower, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object) -> bool:
        raise DatabaseUnavailable

    watch = tower.make_watch()
    await watch.look()
    tower.source.status = make_failing("database", "The database does not answer.")
    await watch.look()
    monkeypatch.setattr("bot.delivery.admin_alerts.claim_alert", fail)
    await tower.pass_time(watch)
    assert len(tower.bot.said) == 1
    monkeypatch.undo()
    tower.source.status = SOUND
    await watch.look()
    assert len(tower.bot.said) == 2
