"""Doubles of clock, wake-ups and notifier."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from errors import QueueUnavailable
from processing.delivery import Delivery, DeliveryState, Sending
from processing.types import AnswerView, DocumentView, FileView, NoticeView, SourceView


class Clock:
    """Stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_time(self, **span: float) -> None:
        self.now += timedelta(**span)


@dataclass
class CountingWakeUp:
    """``ports.WakeUp`` that counts; ``down`` makes it unreachable."""

    sent: Counter[str] = field(default_factory=Counter)
    down: bool = False

    def notify_worker(self, queue: str) -> None:
        self.check()
        self.sent[queue] += 1

    def get_length(self, queue: str) -> int:
        self.check()
        return self.sent[queue]

    def check(self) -> None:
        if self.down:
            raise QueueUnavailable


@dataclass
class RecordingNotifier:
    """``ports.Notifier`` that records what was shown and delivered; ``outcome`` is what becomes of a message."""

    outcome: Delivery = Delivery(DeliveryState.DELIVERED, 77)
    shown: list[DocumentView] = field(default_factory=list)
    delivered: list[DocumentView] = field(default_factory=list)
    answers: list[AnswerView] = field(default_factory=list)
    closed: list[int | None] = field(default_factory=list)
    growing: list[AnswerView] = field(default_factory=list)
    sources: list[SourceView] = field(default_factory=list)
    files: list[tuple[FileView, bytes]] = field(default_factory=list)
    notices: list[NoticeView] = field(default_factory=list)
    repaired: list[DocumentView | AnswerView] = field(default_factory=list)

    def show_document(self, view: DocumentView) -> None:
        self.shown.append(view)

    def deliver_document(self, view: DocumentView, sending: Sending) -> Delivery:
        self.delivered.append(view)
        return self.outcome

    def close_progress(self, chat_id: int, message_id: int | None) -> None:
        self.closed.append(message_id)

    def repair_document(self, view: DocumentView) -> None:
        self.repaired.append(view)

    def repair_answer(self, view: AnswerView) -> None:
        self.repaired.append(view)

    def show_answer(self, view: AnswerView) -> None:
        self.growing.append(view)

    def deliver_answer(self, view: AnswerView, sending: Sending) -> Delivery:
        self.answers.append(view)
        return self.outcome

    def deliver_preview(self, view: SourceView) -> Delivery:
        self.sources.append(view)
        return self.outcome

    def deliver_file(self, view: FileView) -> Delivery:
        self.files.append((view, view.path.read_bytes()))
        return self.outcome

    def deliver_notice(self, view: NoticeView, sending: Sending) -> Delivery:
        self.notices.append(view)
        return self.outcome
