"""Every way Socrate can fail, as one tree whose members carry the key of the sentence a person reads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class SocrateError(Exception):
    """An error with the key of its sentence in ``bot/texts`` and the facts that fill it.

    ``facts`` hold only what may be shown to the person: figures and names, never a library's words.
    """

    key = "error_unexpected"

    def __init__(self, key: str | None = None, **facts: object) -> None:
        self.key = key or type(self).key
        self.facts = facts
        super().__init__(self.key, facts)

    def __str__(self) -> str:
        return self.key


class UserMistake(SocrateError):
    """What was sent cannot be used; trying again with the same thing will not help."""


class DocumentNotFound(UserMistake):
    """No such document for this tenant: missing and foreign look the same."""

    key = "document_not_found"


class TransientFailure(SocrateError):
    """Something broke that may work the next time; the pipeline tries again, a bounded number of times."""

    key = "error_temporary"


class QueueUnavailable(TransientFailure):
    """The bell could not be rung; the row in the database stays and is rung again by the sweep."""

    key = "queue_down"


class StorageUnavailable(TransientFailure):
    """Bytes could not be written or read."""

    key = "storage_down"


class ModelUnavailable(TransientFailure):
    """The language model gave no usable answer."""

    key = "model_down"


class PromptTooLong(ModelUnavailable):
    """The passages are more than the model can read at once."""


class EmbeddingsUnavailable(TransientFailure):
    """The server that makes vectors gave no usable answer."""

    key = "embeddings_down"


class Cancelled(SocrateError):
    """The person asked to stop this work."""

    key = "cancelled"


class LeaseLost(SocrateError):
    """Another worker holds this row now; whatever this one still does must change nothing."""

    key = "lease_lost"


class SettingsInvalid(SocrateError):
    """The environment is wrong or incomplete; ``facts['problems']`` lists every problem."""

    key = "settings_invalid"

    def __str__(self) -> str:
        problems = self.facts.get("problems", ())
        return "\n".join(str(problem) for problem in problems) if isinstance(problems, (list, tuple)) else self.key


class AlreadyHere(UserMistake):
    """The tenant has this very file; ``facts`` name the document."""

    key = "already_here"


class WorkerStopping(SocrateError):
    """This process was asked to stop; the work goes back to the queue and costs no attempt."""

    key = "worker_stopping"


@contextmanager
def as_storage_errors() -> Iterator[None]:
    """A disk that fails, is full or may not be read is unavailable storage to whoever asks."""
    try:
        yield
    except OSError as error:
        raise StorageUnavailable from error
