"""What the use cases need from outside, as protocols: storage, bell, notifier, embedder, clock."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from processing.types import (
        AnswerView,
        Delivery,
        DocumentView,
        FileView,
        NoticeView,
        Page,
        Passage,
        Picture,
        PictureOrder,
        SourceView,
        Usage,
    )


class Storage(Protocol):
    """Bytes by key. Keys are made by ``storage.keys`` only; every failure is ``StorageUnavailable``."""

    def save_file(self, key: str, source: Path) -> None:
        """Store the file's bytes under ``key``, whole or not at all; an older one is replaced."""

    def local_copy(self, key: str) -> AbstractContextManager[Path]:
        """Give a path to read while the context lasts; it must not be written to or kept."""

    def exists(self, key: str) -> bool: ...

    def list_keys(self, prefix: str) -> Iterable[str]: ...

    def delete_file(self, key: str) -> None: ...

    def delete_tree(self, prefix: str) -> None:
        """Delete everything below ``prefix``; nothing there is no error."""

    def check(self) -> None:
        """Write, read and delete a probe."""


class WakeUp(Protocol):
    """Wakes a worker; may be lost at any moment, for the database is the queue of record."""

    def notify_worker(self, queue: str) -> None:
        """Raise ``QueueUnavailable`` if the queue cannot be reached."""

    def get_length(self, queue: str) -> int: ...

    def check(self) -> None: ...


class Embedder(Protocol):
    """Turns texts into vectors of length ``dimension`` and norm 1."""

    model: str
    max_tokens: int

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Shape ``(len(texts), dimension)``, float32, rows of norm 1."""

    def warm_up(self) -> None:
        """Load now what the first use would wait for."""

    def count_tokens(self, text: str) -> int:
        """Tokens the model would read, its two marks included."""


class Notifier(Protocol):
    """Tells people how their work stands; the ``view`` says in which chat and language."""

    def show_document(self, view: DocumentView) -> None:
        """Progress: returns at once, the newest wins, dropped when the budget is short."""

    def close_progress(self, chat_id: int, message_id: int | None) -> None:
        """No more progress into this message; returns when the last is out.

        Called before the outcome is committed: from then on any process may say the final word.
        """

    def deliver_document(self, view: DocumentView) -> Delivery:
        """The final word: waits for the budget, is never dropped silently."""

    def repair_document(self, view: DocumentView) -> None:
        """Edit the final word in again where progress of this process may have come over it; never send anything."""

    def show_answer(self, view: AnswerView) -> None:
        """What is written so far, as ``show_document``."""

    def deliver_answer(self, view: AnswerView) -> Delivery: ...

    def repair_answer(self, view: AnswerView) -> None:
        """As ``repair_document``."""

    def deliver_preview(self, view: SourceView) -> Delivery:
        """What a citation rests on, in a message of its own."""

    def deliver_file(self, view: FileView) -> Delivery:
        """Send a file."""

    def deliver_notice(self, view: NoticeView) -> Delivery:
        """Write one sentence into a message, or send it."""


class LanguageModel(Protocol):
    """Writes an answer, piece by piece."""

    def stream(self, instructions: str, prompt: str, usage: Usage) -> Generator[str]:
        """Pieces of text as they come, empty ones in between while it is silent, ``usage`` counted along.

        Closed early, the model is let go of at once.

        ``ModelUnavailable`` when there is no usable answer, ``PromptTooLong`` where a shorter prompt may help.
        """


class Reader(Protocol):
    """Reads an untrusted file in a process of its own."""

    def __call__(
        self, path: Path, kind: str, on_progress: Callable[[int, int | None], None]
    ) -> AbstractContextManager[ReadPages]: ...


class Draw(Protocol):
    """Draws a page of an untrusted PDF in a process of its own; None where it can't be done."""

    def __call__(self, path: Path, order: PictureOrder) -> Picture | None: ...


class ReadPages(Protocol):
    """Pages as they are read; ``kind`` is what the content turned out to be, ``name`` what a film calls it."""

    kind: str
    name: str

    def __iter__(self) -> Iterator[Page]: ...

    def list_passages(self) -> Iterator[Passage]:
        """Of a film, in place of pages."""
