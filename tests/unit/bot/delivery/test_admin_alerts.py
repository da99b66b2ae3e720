"""Administrators get one message when a check fails for a while, and one when it passes again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest

from bot.context import BotContext
from bot.delivery.admin_alerts import PATIENCE_SECONDS, AdminAlerts
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


class Monitoring:
    """A status that tests set, a clock, and the messages to the administrator."""

    def __init__(self, services: Services) -> None:
        self.services, self.bot, self.source, self.now = services, FakeBot(), FakeSource(), 0.0

    def make_alerts(self) -> AdminAlerts:
        return AdminAlerts(self.source, BotContext(self.services), cast(Any, self.bot), lambda: self.now)

    async def pass_time(self, alerts: AdminAlerts, seconds: float = PATIENCE_SECONDS) -> None:
        self.now += seconds
        await alerts.check_once()


@pytest.fixture
def monitoring(tmp_path: Path) -> Iterator[Monitoring]:
    database = Database(f"sqlite:///{tmp_path / 'alerts.db'}")
    database.migrate()
    nothing = cast(Any, None)
    settings = Settings(admin_users=frozenset({ADMIN}), data_dir=tmp_path)
    yield Monitoring(Services(settings, database, nothing, nothing, nothing, read_clock))
    database.close()


async def test_lasting_failure_is_reported_after_a_while_and_its_end_at_once(monitoring: Monitoring) -> None:
    alerts = monitoring.make_alerts()
    await alerts.check_once()
    monitoring.source.status = ILL
    await alerts.check_once()
    await monitoring.pass_time(alerts, PATIENCE_SECONDS - 1)
    assert monitoring.bot.said == []
    await monitoring.pass_time(alerts, 1)
    await monitoring.pass_time(alerts)
    ((who, text),) = monitoring.bot.said
    assert who == ADMIN and "queue" in text and "does not answer" in text
    monitoring.source.status = SOUND
    await alerts.check_once()
    await alerts.check_once()
    assert [text for _, text in monitoring.bot.said[1:]] == ["Socrate: <b>queue</b> works again."]


async def test_short_failure_is_not_reported(monitoring: Monitoring) -> None:
    alerts = monitoring.make_alerts()
    monitoring.source.status = ILL
    await alerts.check_once()
    monitoring.source.status = SOUND
    await monitoring.pass_time(alerts)
    assert monitoring.bot.said == []


async def test_one_of_two_processes_reports_and_a_restarted_one_continues(monitoring: Monitoring) -> None:
    first, second = monitoring.make_alerts(), monitoring.make_alerts()
    monitoring.source.status = ILL
    for alerts in (first, second):
        await alerts.check_once()
    monitoring.now += PATIENCE_SECONDS
    for alerts in (first, second):
        await alerts.check_once()
    assert len(monitoring.bot.said) == 1
    monitoring.source.status = SOUND
    await monitoring.make_alerts().check_once()
    assert len(monitoring.bot.said) == 2


async def test_failure_of_the_database_is_reported(monitoring: Monitoring, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object) -> bool:
        raise DatabaseUnavailable

    alerts = monitoring.make_alerts()
    await alerts.check_once()
    monitoring.source.status = make_failing("database", "The database does not answer.")
    await alerts.check_once()
    monkeypatch.setattr("bot.delivery.admin_alerts.claim_alert", fail)
    await monitoring.pass_time(alerts)
    assert len(monitoring.bot.said) == 1
    monkeypatch.undo()
    monitoring.source.status = SOUND
    await alerts.check_once()
    assert len(monitoring.bot.said) == 2
