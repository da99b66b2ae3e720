"""What people send, ask and open is limited for each person, and nothing that they do gives an event back."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import select

from bot.texts import say
from db.engine import Database
from db.models import Document, Event
from db.operations import tenants
from db.states import State
from errors import UserMistake
from processing.documents import library, upload
from processing.documents.upload import Offer
from processing.jobs.rate_limits import EVENTS_KEPT, EXPORTS, PREVIEWS, count_request
from processing.maintenance.reconciler import drop_stale
from processing.questions import submit
from processing.services import Services
from settings import Settings
from storage.local import LocalStorage
from tests.doubles import Clock, CountingWakeUp, RecordingNotifier
from tests.integration.people import People

Make = Callable[..., Services]
NUMBERS = itertools.count()


@pytest.fixture
def make(database: Database, clock: Clock, tmp_path: Path) -> Make:
    def make_services(**limits: int) -> Services:
        settings = Settings.model_validate({"data_dir": tmp_path / "data"} | limits)
        storage, notifier = LocalStorage(tmp_path / "storage"), cast(Any, RecordingNotifier())
        return Services(settings, database, storage, CountingWakeUp(), notifier, clock)

    return make_services


def send(services: Services, tenant_id: int, folder: Path) -> Document:
    """Send a file as the bot does."""
    number = next(NUMBERS)
    path = folder / f"{number}.txt"
    path.write_text(f"The keys are returned on day {number}.")
    offer = Offer(path.name, path.stat().st_size, f"unique{number}", 1, f"update {number}")
    upload.check_offer(services, tenant_id, offer)
    document = upload.prepare_document(services, tenant_id, offer, path, None)
    upload.enqueue_document(services, tenant_id, document, path)
    return document


def ask(services: Services, tenant_id: int, origin: str = "") -> str:
    view = submit.prepare_question(services, tenant_id, "Why?", None, 1, origin)
    submit.enqueue_question(services, view, None)
    return view.id


def count_events(database: Database) -> int:
    with database.upkeep(reading=True) as session:
        return len(session.scalars(select(Event)).all())


def test_uploads_are_counted_within_the_hour(make: Make, clock: Clock, people: People, tmp_path: Path) -> None:
    services = make(uploads_per_hour=2)
    send(services, people.alice, tmp_path)
    clock.pass_time(minutes=20)
    send(services, people.alice, tmp_path)
    clock.pass_time(minutes=20)
    with pytest.raises(UserMistake, match="too_many_uploads") as caught:
        send(services, people.alice, tmp_path)
    assert "20 min" in say("en", caught.value.key, **caught.value.facts)
    send(services, people.charlie, tmp_path)
    clock.pass_time(minutes=20)
    send(services, people.alice, tmp_path)


def test_deleting_and_cancelling_documents_gives_no_upload_back(make: Make, people: People, tmp_path: Path) -> None:
    services = make(uploads_per_hour=2)
    library.delete_document(services, people.alice, send(services, people.alice, tmp_path).id)
    library.cancel_document(services, people.alice, send(services, people.alice, tmp_path).id)
    assert library.get_quota(services, people.alice).uploads_left == 0
    with pytest.raises(UserMistake, match="too_many_uploads"):
        send(services, people.alice, tmp_path)


def test_trying_a_failed_document_again_counts_as_an_upload(make: Make, people: People) -> None:
    services = make(uploads_per_hour=1)
    failed = {"state": State.FAILED, "error_facts": {"retryable": True}}
    first, second = (people.add_document(people.alice, **failed).id for _ in range(2))
    upload.retry_document(services, people.alice, first, None, "update 1")
    with pytest.raises(UserMistake, match="too_many_uploads"):
        upload.retry_document(services, people.alice, second, None, "update 2")
    row = people.read(second)
    assert row is not None and row.state == State.FAILED


def test_questions_are_counted_within_the_minute(make: Make, clock: Clock, people: People) -> None:
    services = make(questions_per_minute=1)
    people.add_document(people.alice, state=State.READY, words_version=1)
    ask(services, people.alice)
    clock.pass_time(seconds=18)
    with pytest.raises(UserMistake, match="too_many_questions") as caught:
        ask(services, people.alice)
    assert "42 s" in say("en", caught.value.key, **caught.value.facts)
    clock.now += timedelta(seconds=42)
    ask(services, people.alice)


def test_editing_a_question_counts_although_the_earlier_one_is_deleted(make: Make, people: People) -> None:
    services = make(questions_per_minute=3)
    people.add_document(people.alice, state=State.READY, words_version=1)
    question_id = ask(services, people.alice)
    for text in ("How?", "Where?"):
        view = submit.prepare_repeat(services, people.alice, question_id, text)
        submit.enqueue_question(services, view, None)
        question_id = view.id
    with pytest.raises(UserMistake, match="too_many_questions"):
        submit.prepare_repeat(services, people.alice, question_id, "When?")


def test_an_update_that_is_handled_twice_counts_once(make: Make, people: People, database: Database) -> None:
    services = make()
    people.add_document(people.alice, state=State.READY, words_version=1)
    assert ask(services, people.alice, "update 7") == ask(services, people.alice, "update 7")
    for _ in range(2):
        count_request(services, people.alice, PREVIEWS, "update 8")
    assert count_events(database) == 2


@pytest.mark.parametrize("rate", [PREVIEWS, EXPORTS])
def test_sources_and_exports_are_limited_each_by_itself(make: Make, people: People, rate: Any) -> None:
    services = make(questions_per_minute=2, uploads_per_hour=2)
    count_request(services, people.alice, EXPORTS if rate is PREVIEWS else PREVIEWS, "other")
    for number in range(2):
        count_request(services, people.alice, rate, f"update {number}")
    with pytest.raises(UserMistake, match=rate.key):
        count_request(services, people.alice, rate, "update 3")


def test_events_at_the_same_time_are_not_more_than_the_limit(make: Make, people: People, database: Database) -> None:
    services, together = make(uploads_per_hour=3), threading.Barrier(8)

    def request(number: int) -> bool:
        together.wait()
        try:
            count_request(services, people.alice, EXPORTS, f"update {number}")
        except UserMistake:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(request, range(8))) == 3
    assert count_events(database) == 3


def test_limit_of_zero_means_no_limit(make: Make, people: People, tmp_path: Path, database: Database) -> None:
    services = make(questions_per_minute=0, uploads_per_hour=0)
    people.add_document(people.alice, state=State.READY, words_version=1)
    for _ in range(3):
        ask(services, people.alice)
        send(services, people.alice, tmp_path)
    # They are noted all the same, so that an update handled twice brings nothing twice.
    assert count_events(database) == 6
    quota = library.get_quota(services, people.alice)
    assert (quota.uploads_left, quota.questions_left) == (None, None)


def test_events_that_no_limit_counts_any_more_are_deleted(
    make: Make, people: People, clock: Clock, database: Database
) -> None:
    services = make()
    count_request(services, people.alice, EXPORTS, "update 1")
    clock.now += EVENTS_KEPT - timedelta(seconds=1)
    drop_stale(services)
    assert count_events(database) == 1
    clock.pass_time(seconds=2)
    drop_stale(services)
    assert count_events(database) == 0


def test_erasure_deletes_the_events_of_the_person_only(make: Make, people: People, database: Database) -> None:
    services = make()
    for tenant_id in (people.alice, people.charlie):
        count_request(services, tenant_id, EXPORTS, "update 1")
    with database.tenant(people.alice) as session:
        tenants.delete_some_rows(session, people.alice, Event, 10)
    assert count_events(database) == 1
