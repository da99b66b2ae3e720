"""Protocols of what processing needs from outside: storage, wake-up, embedder, notifier, language model, readers.

``wiring.py`` and ``worker.py`` choose the implementations; tests pass doubles.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from processing.delivery import Delivery, Sending
    from processing.types import (
        AnswerView,
        DocumentView,
        FileView,
        NoticeView,
        Page,
        Passage,
        Picture,
        PictureOrder,
        Reading,
        SourceView,
        Usage,
    )


class Storage(Protocol):
    """Stores files under keys, which only ``storage.keys`` makes. Every failure raises ``StorageUnavailable``."""

    def save_file(self, key: str, source: Path) -> None:
        """Store a copy of ``source`` under ``key``, completely or not at all. It replaces a file with the same key."""

    def local_copy(self, key: str) -> AbstractContextManager[Path]:
        """Return a context manager that gives a path to the file. It may only be read, and only within the context."""

    def exists(self, key: str) -> bool: ...

    def get_size(self, key: str) -> int:
        """Return the bytes of the file, 0 if it is missing."""

    def list_keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys below the folder ``prefix``, sorted. They are listed in pages while the caller iterates."""

    def delete_file(self, key: str) -> None:
        """Delete one file; a file that is missing is no error."""

    def delete_tree(self, prefix: str) -> None:
        """Delete everything below the folder ``prefix``; a folder that is missing is no error."""

    def check(self) -> None:
        """Write, read and delete a small file, to prove that the storage works."""


class WakeUp(Protocol):
    """Wakes workers. A wake-up may be lost, because the database is the queue of record and is checked regularly."""

    def notify_worker(self, queue: str) -> None:
        """Wake one worker of the queue. Raise ``QueueUnavailable`` if the queue server cannot be reached."""

    def get_length(self, queue: str) -> int:
        """Return the number of wake-ups that no worker has taken yet."""

    def check(self) -> None:
        """Raise ``QueueUnavailable`` if the queue server cannot be reached."""


class Embedder(Protocol):
    """Turns texts into vectors that are close if the texts have a similar meaning.

    ``model`` is the model's name, which is stored with the vectors. ``max_tokens`` is the length of the longest text
    that the model reads.
    """

    model: str
    max_tokens: int

    @property
    def dimension(self) -> int:
        """The length of a vector."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the vectors of passages: an array of shape ``(len(texts), dimension)``, float32, rows of norm 1.

        Raise ``EmbeddingsUnavailable`` if the model is on a server that does not answer.
        """

    def embed_question(self, question: str) -> NDArray[np.float32]:
        """Return the vector of a question, shape ``(dimension,)``, to be compared with those of passages.

        Raise ``EmbeddingsUnavailable`` in the same case.
        """

    def warm_up(self) -> None:
        """Load the model, so that the first use does not wait for it."""

    def count_tokens(self, text: str) -> int:
        """Return the number of tokens of the text, with the special tokens that the model adds at both ends."""


class CrossEncoder(Protocol):
    """Reads questions together with passages."""

    def read(self, question: str, texts: Sequence[str]) -> Sequence[Reading]:
        """Return what the reader says of each text, in their order.

        While other questions wait it reads only the first few, and the result is shorter than ``texts``.
        """

    def warm_up(self) -> None:
        """Load the weights, so that the first use does not wait for them."""


class Notifier(Protocol):
    """Shows people the state of their documents and questions. Every ``view`` names the chat and the language."""

    def show_document(self, view: DocumentView) -> None:
        """Show progress in the document's message. Return at once, before the message is edited.

        While the rate limits delay an edit, a newer view replaces it; if too many edits wait, it is left out.
        """

    def close_progress(self, chat_id: int, message_id: int | None) -> None:
        """Drop the progress that waits to be shown. Return when the edit that is under way, if any, is done.

        Call it after the last progress and before the outcome is committed: from then on any process may deliver the
        outcome into the message.
        """

    def deliver_document(self, view: DocumentView, sending: Sending) -> Delivery:
        """Show the outcome as ``sending`` says, and return what became of the message.

        Wait for the rate limits and for Telegram's answer, however long that takes.
        """

    def repair_document(self, view: DocumentView) -> None:
        """Edit the outcome into the message again, in case late progress of this process has replaced it.

        Sends no new message.
        """

    def show_answer(self, view: AnswerView) -> None:
        """Show the part of the answer that is written so far, in the way of ``show_document``."""

    def deliver_answer(self, view: AnswerView, sending: Sending) -> Delivery:
        """Show the outcome in the answer's message, in the way of ``deliver_document``."""

    def repair_answer(self, view: AnswerView) -> None:
        """Edit the outcome into the answer's message again, in the way of ``repair_document``."""

    def deliver_preview(self, view: SourceView) -> Delivery:
        """Send the passage behind a citation as a new message."""

    def deliver_file(self, view: FileView) -> Delivery:
        """Send a file."""

    def deliver_notice(self, view: NoticeView, sending: Sending) -> Delivery:
        """Write one sentence into a message, or send it."""


class LanguageModel(Protocol):
    """Writes an answer, piece by piece."""

    def stream(self, instructions: str, prompt: str, usage: Usage) -> Generator[str]:
        """Yield the pieces of the answer as they come, and empty strings while none comes. Update ``usage``.

        Closing the generator ends the request at once. Raise ``ModelUnavailable`` if there is no usable answer, and
        ``PromptTooLong`` if a shorter prompt may help.
        """


class Reader(Protocol):
    """Reads an untrusted file in a child process.

    ``kind`` is the format that the file seems to have. ``on_progress`` is called with the number of pages read so far,
    and the number of all pages or None if it is not known.
    """

    def __call__(
        self, path: Path, kind: str, on_progress: Callable[[int, int | None], None]
    ) -> AbstractContextManager[ReadPages]: ...


class Draw(Protocol):
    """Draws a page of an untrusted PDF in a child process. Returns None if that fails."""

    def __call__(self, path: Path, order: PictureOrder) -> Picture | None: ...


class ReadPages(Protocol):
    """Iterates over the pages of a file while they are read.

    ``kind`` is the format that the content turned out to have, ``name`` the name that a memvid video carries.
    """

    kind: str
    name: str

    def __iter__(self) -> Iterator[Page]: ...

    def iterate_passages(self) -> Iterator[Passage]:
        """Yield the passages of a memvid video, which has no pages."""
