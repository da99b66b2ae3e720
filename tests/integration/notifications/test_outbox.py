"""The outbox delivers each message once, whatever Telegram answers, and keeps what it can't deliver."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

import pytest

from db.operations.upkeep import outbox as outbox_queue
from db.states import OutboxState, State
from processing.delivery import Delivery, DeliveryState, Sending
from processing.documents import library, upload
from processing.documents.upload import Offer
from processing.jobs.kind import make_message
from processing.kinds import BY_NAME
from processing.notifications import outbox
from processing.notifications.deliverer import Deliverer
from processing.notifications.outbox import MOST_REFUSALS, PLAIN_AFTER
from processing.tenants import accounts
from processing.types import DocumentView
from settings import Settings
from tests.deliveries import deliver_due
from tests.integration.people import People
from tests.integration.workers import DocumentWorker, open_worker

DELIVERED = Delivery(DeliveryState.DELIVERED, 78)


@pytest.fixture
def worker(people: People, tmp_path: Path) -> DocumentWorker:
    return open_worker(people, tmp_path)


def deliver(worker: DocumentWorker) -> None:
    deliver_due(worker.services, BY_NAME)


def test_each_message_is_delivered_once(worker: DocumentWorker, people: People) -> None:
    document = people.add_document(people.alice, state=State.READY)
    people.owe(document)
    people.owe(people.add_question(people.charlie, state=State.READY))
    for _ in range(2):
        deliver(worker)
    assert [view.id for view in worker.notifier.delivered] == [document.id]
    assert len(worker.notifier.answers) == 1
    row = people.read(document.id)
    assert row is not None and row.message_id == 77, "the row names the message that shows the outcome"


def test_postponed_message_is_sent_again_after_its_pause(worker: DocumentWorker, people: People) -> None:
    people.owe(people.add_document(people.alice, state=State.READY))
    worker.notifier.outcome = Delivery(DeliveryState.POSTPONED, seconds=40)
    deliver(worker)
    worker.notifier.outcome = DELIVERED
    people.clock.pass_time(seconds=39)
    deliver(worker)
    assert len(worker.notifier.delivered) == 1
    people.clock.pass_time(seconds=2)
    deliver(worker)
    assert len(worker.notifier.delivered) == 2


def test_a_flood_postpones_everything_for_this_chat_only(worker: DocumentWorker, people: People) -> None:
    for chat_id in (1, 1, 2):
        people.owe(people.add_document(people.alice, state=State.READY, chat_id=chat_id))
    worker.notifier.outcome = Delivery(DeliveryState.FLOODED, seconds=600)
    outbox.deliver_next(worker.services, BY_NAME, 1)
    assert [message.chat_id for message in people.list_owed(people.alice) if message.due_at <= people.clock()] == [2]


def test_messages_for_a_closed_chat_are_kept_until_the_person_writes_again(
    worker: DocumentWorker, people: People
) -> None:
    for _ in range(2):
        people.owe(people.add_document(people.alice, state=State.READY))
    worker.notifier.outcome = Delivery(DeliveryState.UNREACHABLE)
    deliver(worker)
    people.clock.pass_time(days=1)
    deliver(worker)
    assert len(worker.notifier.delivered) == 1, "no further message is tried"
    assert len(people.list_owed(people.alice, OutboxState.UNREACHABLE)) == 2
    worker.notifier.outcome = DELIVERED
    accounts.get_tenant(worker.services, 1001, "en")
    assert len(people.list_owed(people.alice, OutboxState.DELIVERED)) == 2


def test_refused_message_becomes_plain_and_is_given_up_after_a_bounded_number(
    worker: DocumentWorker, people: People
) -> None:
    """Nothing that Telegram answers is taken for delivered, and nothing is repeated for ever."""
    people.owe(people.add_document(people.alice, state=State.READY))
    plain: list[bool] = []

    def refuse(_view: DocumentView, sending: Sending) -> Delivery:
        plain.append(sending.plain)
        return Delivery(DeliveryState.REFUSED, problem="BadRequest: unheard of")

    worker.notifier.deliver_document = refuse  # type: ignore[method-assign, assignment]
    for _ in range(MOST_REFUSALS + 3):
        deliver(worker)
        people.clock.pass_time(minutes=6)
    assert plain == [False] * PLAIN_AFTER + [True] * (MOST_REFUSALS - PLAIN_AFTER)
    (message,) = people.list_owed(people.alice, OutboxState.REFUSED)
    assert message.problem == "BadRequest: unheard of"


def test_an_error_that_nobody_knows_is_a_refusal(worker: DocumentWorker, people: People) -> None:
    people.owe(people.add_document(people.alice, state=State.READY))

    def fail(_view: DocumentView, _sending: Sending) -> Delivery:
        raise ZeroDivisionError

    worker.notifier.deliver_document = fail  # type: ignore[method-assign, assignment]
    deliver(worker)
    (message,) = people.list_owed(people.alice)
    assert (message.problem, message.attempts) == ("ZeroDivisionError", 1)


def test_an_outcome_that_cannot_be_written_is_told_in_other_words(worker: DocumentWorker, people: People) -> None:
    people.owe(people.add_document(people.alice, state=State.READY))

    def fail(_view: DocumentView, _sending: Sending) -> Delivery:
        raise ArithmeticError

    worker.notifier.deliver_document = fail  # type: ignore[method-assign, assignment]
    for _ in range(PLAIN_AFTER + 1):
        deliver(worker)
        people.clock.pass_time(minutes=6)
    assert [notice.key for notice in worker.notifier.notices] == ["outcome_unwritten"]
    assert len(people.list_owed(people.alice, OutboxState.DELIVERED)) == 1


def test_another_bot_on_the_same_database_tells_nothing(worker: DocumentWorker, people: People) -> None:
    people.owe(people.add_document(people.alice, state=State.READY), bot_id=4)
    deliver(worker)
    assert worker.notifier.delivered == []
    worker.services.settings = Settings(telegram_bot_token="4:token")  # type: ignore[arg-type]
    deliver(worker)
    assert len(worker.notifier.delivered) == 1


def test_rows_from_before_bots_were_told_apart_belong_to_the_bot_that_starts(
    worker: DocumentWorker, people: People
) -> None:
    people.owe(people.add_document(people.alice, state=State.READY))
    worker.services.settings = Settings(telegram_bot_token="4:token")  # type: ignore[arg-type]
    deliver(worker)
    assert worker.notifier.delivered == []
    outbox.adopt_rows(worker.services)
    deliver(worker)
    assert len(worker.notifier.delivered) == 1


def test_only_one_process_sends_a_message_and_another_one_after_its_death(people: People) -> None:
    people.owe(people.add_document(people.alice, state=State.READY))
    leased: list[bool] = []

    def lease() -> None:
        with people.database.upkeep() as session:
            message = outbox_queue.lease_next(session, 0, 1, people.clock(), timedelta(seconds=30))
            leased.append(message is not None)

    threads = [threading.Thread(target=lease) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(leased) == [False] * 4 + [True]
    people.clock.pass_time(seconds=31)
    lease()
    assert leased[-1]


def test_the_same_file_sent_again_does_not_hide_how_the_first_one_ended(
    worker: DocumentWorker, people: People, tmp_path: Path
) -> None:
    worker.notifier.outcome = Delivery(DeliveryState.POSTPONED, seconds=60)
    worker.send(people.alice, b" \n ")
    worker.work()
    path = tmp_path / "again.txt"
    path.write_bytes(b" \n ")
    again = upload.prepare_document(
        worker.services, people.alice, Offer("again.txt", 3, None, 1, "update"), path, message_id=9
    )
    upload.enqueue_document(worker.services, people.alice, again, path)
    worker.notifier.outcome = DELIVERED
    people.clock.pass_time(minutes=2)
    worker.work()
    deliver(worker)
    told = [(view.id == again.id, view.state) for view in worker.notifier.delivered]
    assert told.count((True, State.FAILED)) == 1 and told.count((False, State.FAILED)) == 2, "the first was postponed"
    assert people.list_owed(people.alice) == []


def test_an_end_after_a_retry_is_told_although_the_first_end_was_still_being_sent(
    worker: DocumentWorker, people: People
) -> None:
    """A slow answer of Telegram about the first end must not mark the second one as delivered."""
    document = people.add_document(people.alice, state=State.FAILED, error_facts={"retryable": True})
    first = people.owe(document)
    with people.database.upkeep() as session:
        leased = outbox_queue.lease_next(session, 0, 1, people.clock(), timedelta(seconds=30))
    assert leased is not None
    upload.retry_document(worker.services, people.alice, document.id, None)
    ended = people.read(document.id)
    assert ended is not None
    ended.fencing_token += 1
    second = make_message("document", ended, {}, people.clock())
    with people.database.tenant(people.alice) as session:
        session.add(second)
        second.tenant_id = people.alice
    outbox.record(worker.services, BY_NAME, leased, DELIVERED)
    assert first.id != second.id
    assert [message.id for message in people.list_owed(people.alice)] == [second.id]


def test_deleting_an_unfinished_document_owes_the_message_that_says_so(worker: DocumentWorker, people: People) -> None:
    worker.notifier.outcome = Delivery(DeliveryState.POSTPONED, seconds=60)
    document = worker.send(people.alice)
    library.delete_document(worker.services, people.alice, document.id)
    worker.notifier.outcome = DELIVERED
    people.clock.pass_time(minutes=2)
    deliver(worker)
    assert worker.notifier.delivered[-1].state == State.CANCELLED
    assert people.list_owed(people.alice) == []


def test_a_document_that_failed_before_is_told_cancelled_when_it_is_deleted(
    worker: DocumentWorker, people: People
) -> None:
    """The message about its failure is kept for a while, and must not be taken for the one about its end."""
    document = people.add_document(people.alice, state=State.FAILED, fencing_token=3, error_facts={"retryable": True})
    failed = make_message("document", document, {}, people.clock())
    with people.database.tenant(people.alice) as session:
        failed.tenant_id = people.alice
        session.add(failed)
    deliver(worker)
    upload.retry_document(worker.services, people.alice, document.id, None)
    library.delete_document(worker.services, people.alice, document.id)
    deliver(worker)
    assert [view.state for view in worker.notifier.delivered] == [State.FAILED, State.CANCELLED]


def test_parts_that_were_sent_are_not_sent_again(worker: DocumentWorker, people: People) -> None:
    people.owe(people.add_question(people.alice, state=State.READY))
    seen: list[tuple[int, int | None]] = []

    def send_half(_view: object, sending: Sending) -> Delivery:
        seen.append((sending.parts_sent, sending.message_id))
        sending.record_part(sending.parts_sent + 1, 90)
        return Delivery(DeliveryState.POSTPONED, seconds=5) if len(seen) == 1 else DELIVERED

    worker.notifier.deliver_answer = send_half  # type: ignore[method-assign, assignment]
    deliver(worker)
    people.clock.pass_time(seconds=6)
    deliver(worker)
    assert seen == [(0, 5), (1, 90)]


def test_deliverer_sends_to_one_chat_while_another_one_is_slow(worker: DocumentWorker, people: People) -> None:
    slow, released = people.add_document(people.alice, state=State.READY, chat_id=1), threading.Event()
    fast, told = people.add_document(people.charlie, state=State.READY, chat_id=2), threading.Event()

    def wait_or_tell(view: DocumentView, _sending: Sending) -> Delivery:
        if view.id == slow.id:
            released.wait(30)
        else:
            told.set()
        return DELIVERED

    worker.notifier.deliver_document = wait_or_tell  # type: ignore[method-assign, assignment]
    for document in (slow, fast):
        people.owe(document)
    deliverer = Deliverer(worker.services, BY_NAME)
    deliverer.start()
    try:
        assert told.wait(30)
    finally:
        released.set()
        deliverer.stop()
    assert people.list_owed(people.alice) == []
