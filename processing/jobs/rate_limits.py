"""Limits how often a person may ask for something within a span of time.

Every accepted request is a row in ``events``, written in the transaction that accepts it. Deleting, editing or
cancelling what was asked for leaves the row, so that it gives nothing back. A request that is refused has no row.
``/forgetme`` deletes the rows, because nothing may be kept of the person then; that gives no more than a new Telegram
account would, and only after everything that was sent before is deleted.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from db.operations import events, tenants
from db.states import EventKind
from errors import UserMistake
from processing.jobs.ids import make_work_id
from processing.runtime.retry import retry_transient
from processing.services import Services
from settings import Settings

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
# Longer than any limit counts them: a message can be edited for two days, and an update may be handled again for as
# long as its bot was down.
EVENTS_KEPT = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class RateLimit:
    """At most ``get_limit(settings)`` events of this kind within ``span``, any number if that is 0.

    ``key`` is that of the sentence for a person who has reached the limit.
    """

    kind: EventKind
    key: str
    span: timedelta
    get_limit: Callable[[Settings], int]


UPLOADS = RateLimit(EventKind.UPLOAD, "too_many_uploads", HOUR, lambda settings: settings.uploads_per_hour)
QUESTIONS = RateLimit(EventKind.QUESTION, "too_many_questions", MINUTE, lambda settings: settings.questions_per_minute)
# These have no settings of their own: who may ask so many questions may look at as many sources.
PREVIEWS = RateLimit(EventKind.PREVIEW, "too_many_previews", MINUTE, lambda settings: settings.questions_per_minute)
EXPORTS = RateLimit(EventKind.EXPORT, "too_many_exports", HOUR, lambda settings: settings.uploads_per_hour)


def check_event(services: Services, session: Session, tenant_id: int, rate: RateLimit) -> None:
    """Raise ``UserMistake(rate.key)`` if the person has reached the limit. Nothing is counted."""
    limit, now = rate.get_limit(services.settings), services.clock()
    check_rate(rate.key, list_times(services, session, tenant_id, rate), limit, rate.span, now)


def count_event(services: Services, session: Session, tenant_id: int, rate: RateLimit, event_id: str) -> None:
    """Count the event in the transaction of ``session``, unless it is counted already.

    Raise ``UserMistake(rate.key)`` if the person has reached the limit. Of events that come at the same time no more
    than the limit are counted, because the tenant is locked until the transaction ends.
    """
    tenants.lock_tenant(session, tenant_id)
    if events.is_counted(session, tenant_id, rate.kind, event_id):
        return
    check_event(services, session, tenant_id, rate)
    events.add_event(session, tenant_id, rate.kind, event_id, services.clock())


def count_request(services: Services, tenant_id: int, rate: RateLimit, origin: str) -> None:
    """Count the event that the update ``origin`` asks for. Raise ``UserMistake(rate.key)`` beyond the limit."""

    def write() -> None:
        with services.database.tenant(tenant_id) as session:
            count_event(services, session, tenant_id, rate, make_work_id(tenant_id, f"{rate.kind}/{origin}"))

    retry_transient(write)


def count_left(services: Services, session: Session, tenant_id: int, rate: RateLimit) -> int | None:
    """Return how many more events are within the limit now; None without a limit."""
    limit = rate.get_limit(services.settings)
    return limit - len(list_times(services, session, tenant_id, rate)) if limit else None


def list_times(services: Services, session: Session, tenant_id: int, rate: RateLimit) -> Sequence[datetime]:
    """Return the times of the events within the span, newest first, no more than the limit."""
    since, limit = services.clock() - rate.span, rate.get_limit(services.settings)
    return events.list_event_times(session, tenant_id, rate.kind, since, limit)


def check_rate(key: str, times: Sequence[datetime], limit: int, span: timedelta, now: datetime) -> None:
    """Raise ``UserMistake(key)`` if at least ``limit`` of ``times`` lie within the last ``span`` before ``now``.

    Its facts are the limit and the time to wait in ``seconds`` and ``minutes``. ``times`` are newest first. With a
    ``limit`` of 0 nothing is limited.
    """
    if limit and len(times) >= limit and times[limit - 1] > now - span:
        wait = times[limit - 1] + span - now
        seconds = max(1, math.ceil(wait.total_seconds()))
        raise UserMistake(key, limit=limit, seconds=seconds, minutes=math.ceil(seconds / 60))
