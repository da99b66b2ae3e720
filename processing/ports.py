"""Protocols of what processing needs from outside: storage, wake-up, embedder, notifier, language model, readers.

``wiring.py`` and ``worker.py`` choose the implementations; tests pass doubles.
"""

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
    """Stores files under keys, which only ``storage.keys`` makes. Every failure raises ``StorageUnavailable``."""

    def save_file(self, key: str, source: Path) -> None:
        """Store a copy of the file under ``key``, completely or not at all; a file that is there is replaced."""

    def local_copy(self, key: str) -> AbstractContextManager[Path]:
        """A context with the path of the file, to be read only, and only while the context lasts."""

    def exists(self, key: str) -> bool: ...

    def list_keys(self, prefix: str) -> Iterable[str]:
        """The keys below the folder ``prefix``, sorted."""

    def delete_file(self, key: str) -> None:
        """Delete one file; a file that is missing is no error."""

    def delete_tree(self, prefix: str) -> None:
        """Delete everything below the folder ``prefix``; a folder that is missing is no error."""

    def check(self) -> None:
        """Write, read and delete a small file, to prove that the storage works."""


class WakeUp(Protocol):
    """Wakes workers. A wake-up may be lost, because the database is the queue of record and is checked regularly."""

    def notify_worker(self, queue: str) -> None:
        """Wake one worker of the queue. Raises ``QueueUnavailable`` if the queue server cannot be reached."""

    def get_length(self, queue: str) -> int:
        """The number of wake-ups that no worker has taken yet."""

    def check(self) -> None:
        """Raises ``QueueUnavailable`` if the queue server cannot be reached."""


class Embedder(Protocol):
    """Turns texts into vectors that are close if the texts have a similar meaning.

    ``model`` is the model's name, which is stored with the vectors; ``max_tokens`` is the longest text that it reads.
    """

    model: str
    max_tokens: int

    @property
    def dimension(self) -> int:
        """The length of a vector."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors as an array of shape ``(len(texts), dimension)``, float32, each row of norm 1."""

    def warm_up(self) -> None:
        """Load the model, so that the first use does not wait for it."""

    def count_tokens(self, text: str) -> int:
        """The number of tokens that the model reads of the text, with its two special tokens."""


class Notifier(Protocol):
    """Shows people how their work stands. The ``view`` holds the chat and the language."""

    def show_document(self, view: DocumentView) -> None:
        """Show progress. Returns at once; of several views the newest is shown, and none if too many wait."""

    def close_progress(self, chat_id: int, message_id: int | None) -> None:
        """Show no more progress in this message; returns when the last edit is done.

        It is called before the outcome is committed. After that any process may deliver the outcome.
        """

    def deliver_document(self, view: DocumentView) -> Delivery:
        """Show the outcome in the document's message. Waits for its turn; the result says what became of it."""

    def repair_document(self, view: DocumentView) -> None:
        """Edit the outcome into the message again, because late progress of this process may have replaced it.

        Sends no new message.
        """

    def show_answer(self, view: AnswerView) -> None:
        """Show what is written so far; otherwise as ``show_document``."""

    def deliver_answer(self, view: AnswerView) -> Delivery:
        """As ``deliver_document``."""

    def repair_answer(self, view: AnswerView) -> None:
        """As ``repair_document``."""

    def deliver_preview(self, view: SourceView) -> Delivery:
        """Send the passage behind a citation as a new message."""

    def deliver_file(self, view: FileView) -> Delivery:
        """Send a file."""

    def deliver_notice(self, view: NoticeView) -> Delivery:
        """Write one sentence into a message, or send it."""


class LanguageModel(Protocol):
    """Writes an answer, piece by piece."""

    def stream(self, instructions: str, prompt: str, usage: Usage) -> Generator[str]:
        """Yield the pieces of the answer as they come, and empty ones while nothing comes; ``usage`` is updated.

        Closing the generator ends the request at once. Raises ``ModelUnavailable`` if there is no usable answer, and
        ``PromptTooLong`` if a shorter prompt may help.
        """


class Reader(Protocol):
    """Reads an untrusted file in a child process.

    ``kind`` is the format that the file seems to have. ``on_progress`` is called with the number of pages read and of
    all pages, None if that is not known.
    """

    def __call__(
        self, path: Path, kind: str, on_progress: Callable[[int, int | None], None]
    ) -> AbstractContextManager[ReadPages]: ...


class Draw(Protocol):
    """Draws a page of an untrusted PDF in a child process; returns None if that fails."""

    def __call__(self, path: Path, order: PictureOrder) -> Picture | None: ...


class ReadPages(Protocol):
    """Iterates over the pages of a file while they are read.

    ``kind`` is the format that the content turned out to have, ``name`` the name that a memvid video carries.
    """

    kind: str
    name: str

    def __iter__(self) -> Iterator[Page]: ...

    def list_passages(self) -> Iterator[Passage]:
        """Yield the passages of a memvid video, which has no pages."""
