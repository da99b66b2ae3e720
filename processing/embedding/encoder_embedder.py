"""What all embedders have in common whose model CTranslate2 computes."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from processing.transformer.engine import Encoder, count_cores

Vector = NDArray[np.float32]


class EncoderEmbedder(ABC):
    """A ``ports.Embedder`` of a process, shared by all of its threads. The weights are loaded at the first use.

    A vector is the mean of the last states of a text. ``passage`` and ``question`` are put before each text.
    """

    model: str
    dimension: int
    max_tokens: int
    passage = ""
    question = ""

    def __init__(self) -> None:
        # One text at a time in each thread: nothing is padded, and a vector does not depend on other texts. A pool
        # serves callers in the order of their requests, which a lock does not guarantee.
        self._computing = ThreadPoolExecutor(count_cores(), "embedding")
        self._loading = threading.Lock()

    @abstractmethod
    def make_encoder(self) -> Encoder:
        """Load the weights. Raise ``SettingsInvalid``."""

    @abstractmethod
    def list_ids(self, text: str, most: int) -> list[int]:
        """Return the ids of the tokens, with special tokens; ``most`` at most unless it is negative."""

    def embed(self, texts: Sequence[str]) -> Vector:
        """Return vectors of shape ``(len(texts), dimension)``, float32, norm 1, in the order of ``texts``."""
        vectors = np.empty((len(texts), self.dimension), np.float32)
        for number, vector in enumerate(self._compute(texts)):
            vectors[number] = vector
        return vectors

    def embed_question(self, question: str) -> Vector:
        """Return the vector of a question, shape ``(dimension,)``, float32, norm 1."""
        return self._computing.submit(self._embed, self.question + question).result()

    def warm_up(self) -> None:
        """Load the weights now, so that the first question does not wait for them. Raise ``SettingsInvalid``."""
        self.embed_question("warm")

    def count_tokens(self, text: str) -> int:
        """Return the number of tokens of a text of any length, with all that is put before and after a passage."""
        return len(self.list_ids(self.passage + text, -1))

    def _compute(self, texts: Sequence[str]) -> Iterator[Vector]:
        """Yield the vectors in order.

        A call has only a few texts in the pool at a time, so that a caller with one text does not wait until a whole
        document is computed.
        """
        waiting: deque[Future[Vector]] = deque()
        for text in texts:
            if len(waiting) > count_cores():
                yield waiting.popleft().result()
            waiting.append(self._computing.submit(self._embed, self.passage + text))
        while waiting:
            yield waiting.popleft().result()

    def _embed(self, text: str) -> Vector:
        with self._loading:
            encoder = self._encoder
        ids = self.list_ids(text, self.max_tokens)
        mean = encoder.encode([ids], [[0] * len(ids)])[0].mean(axis=0)
        return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-12), np.float32)

    @cached_property
    def _encoder(self) -> Encoder:
        """The first access must hold ``_loading``, so that the weights are loaded only once."""
        return self.make_encoder()
