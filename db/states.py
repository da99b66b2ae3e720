"""States and kinds as they are stored in rows; nothing compares them as bare strings."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """Where a document, a question or a task stands."""

    QUEUED = "queued"
    WORKING = "working"
    READY = "ready"
    FAILED = "failed"
    CANCELLED = "cancelled"


UNFINISHED = (State.QUEUED, State.WORKING)


class Stage(StrEnum):
    """What is being done to a document that is in work."""

    READING = "reading"
    CUTTING = "cutting"
    EMBEDDING = "embedding"
    FILMING = "filming"
    CHECKING = "checking"


class QuestionKind(StrEnum):
    """``FIND`` looks for words; its answer is every occurrence of them."""

    QUESTION = "question"
    FIND = "find"


class EventKind(StrEnum):
    """What rate limits count, and what was handled before."""

    UPLOAD = "upload"
    QUESTION = "question"
    PREVIEW = "preview"
    EXPORT = "export"
    # A task that was queued. No limit counts it; it keeps an update that is handled twice from bringing it twice.
    TASK = "task"
    # A file and the message that brought it. No limit counts it; it keeps an edited caption from bringing it again.
    FILE = "file"
    # A text that became the name of a document. No limit counts it; it keeps the text from being a question later.
    NAME = "name"


class UpdateState(StrEnum):
    """Where an update of Telegram stands. A dead letter is one whose handler failed for good."""

    WAITING = "waiting"
    DONE = "done"
    DEAD_LETTER = "dead_letter"


class OutboxState(StrEnum):
    """Where a message of the outbox stands.

    ``UNREACHABLE``: the person has closed the chat to the bot; the message waits until they write again. ``REFUSED``:
    Telegram refused the message in every attempt.
    """

    WAITING = "waiting"
    DELIVERED = "delivered"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"


class AlertState(StrEnum):
    """What administrators were told last about a health check."""

    WELL = "well"
    FAILING = "failing"


class Queue(StrEnum):
    """The queues that workers listen to."""

    DOCUMENTS = "documents"
    ANSWERS = "answers"
