"""Errors that several rooms raise or catch. Each carries the key of the sentence that the person is shown."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class SocrateError(Exception):
    """An error with the key of its sentence in ``bot/texts`` and the facts that the sentence needs.

    ``facts`` hold only what may be shown to the person: figures and names, never the text of a library's error.
    """

    key = "error_unexpected"

    def __init__(self, key: str | None = None, **facts: object) -> None:
        self.key = key or type(self).key
        self.facts = facts
        super().__init__(self.key, facts)

    def __str__(self) -> str:
        return self.key


class UserMistake(SocrateError):
    """What the person sent can't be used; another attempt would end the same way."""


class DocumentNotFound(UserMistake):
    """The tenant has no such document. Also raised for a row of another tenant, to hide that it exists."""

    key = "document_not_found"


class TransientFailure(SocrateError):
    """Something failed that may work the next time; it is tried again, a bounded number of times."""

    key = "error_temporary"


class Postponed(TransientFailure):
    """The work can't be done now and is tried again in ``seconds``. Unless ``counted``, the attempt is taken back."""

    def __init__(self, seconds: float, *, counted: bool = True) -> None:
        self.seconds, self.counted = seconds, counted
        super().__init__()


class QueueUnavailable(TransientFailure):
    """Redis did not answer, so no worker was woken. The work is stored, and the reconciler wakes a worker later."""

    key = "queue_down"


class StorageUnavailable(TransientFailure):
    """Stored files could not be written or read."""

    key = "storage_down"


class OriginalLost(TransientFailure):
    """The stored file of a document is missing, or is not the one that its owner sent."""

    key = "original_lost"


class ReaderStopped(TransientFailure):
    """The process that reads a file was stopped from outside, so nothing is known about the file."""

    key = "reader_stopped"


class DownloadFailed(TransientFailure):
    """Telegram did not give the file that a person sent, or not the whole of it."""

    key = "download_failed"


class EditUnanswered(TransientFailure):
    """Telegram did not say whether it has changed a message. Changing it again does no harm."""


class BeingErased(TransientFailure):
    """Everything of the person is being deleted. What they send meanwhile is handled when that is done."""

    key = "busy_kept"


class ModelUnavailable(TransientFailure):
    """The language model gave no usable answer."""

    key = "model_down"


class PromptTooLong(ModelUnavailable):
    """The passages are more than the model can read at once."""


class EmbeddingsUnavailable(TransientFailure):
    """The server that makes vectors gave no usable answer, or a model of this machine can't be loaded at the moment."""

    key = "embeddings_down"


class Cancelled(SocrateError):
    """The person asked to stop this work."""

    key = "cancelled"


class LeaseLost(SocrateError):
    """This worker no longer holds the row, because another one has claimed it or it was deleted. It may not write."""

    key = "lease_lost"


class SettingsInvalid(SocrateError):
    """Settings are wrong or missing; ``facts['problems']`` lists a sentence for each."""

    key = "settings_invalid"

    def __str__(self) -> str:
        problems = self.facts.get("problems", ())
        return "\n".join(str(problem) for problem in problems) if isinstance(problems, (list, tuple)) else self.key


class AlreadyHere(UserMistake):
    """The tenant has this file already; ``facts`` hold its ``name`` and ``document_id`` (empty if it is not known)."""

    key = "already_here"


class WorkerStopping(SocrateError):
    """This process was asked to stop; the work goes back to the queue and the attempt does not count."""

    key = "worker_stopping"


@contextmanager
def as_storage_errors() -> Iterator[None]:
    """Turn any ``OSError`` into ``StorageUnavailable``."""
    try:
        yield
    except OSError as error:
        raise StorageUnavailable from error
