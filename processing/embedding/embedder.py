"""The embedder: one sentence-transformers model for a process, in bfloat16 where the processor computes in it."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from errors import SettingsInvalid
from processing.embedding.models import describe_model, find_model

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

# Measured: smaller than this wastes calls; with larger ones the threads don't end together, and where a model needs
# padding more of it is computed.
BATCH = 4
PADDING = 16
Step = Callable[[dict[str, Any]], dict[str, Any]]


def make_embedder(model: str) -> TransformerEmbedder:
    """The default comes with a package and needs no network; another name is a folder or a model of the hub.

    ``SettingsInvalid`` where there is no such model. Its weights are loaded at the first use.
    """
    return TransformerEmbedder(model, find_model(model))


class TransformerEmbedder:
    """``ports.Embedder``, shared by all threads of a process."""

    def __init__(self, model: str, folder: Path) -> None:
        described = describe_model(model, folder)
        self.model, self.folder = model, folder
        self.dimension, self.max_tokens = described.dimension, described.max_tokens
        # These threads compute for all, each a batch by itself: whoever waits is served in the order of asking, which
        # no lock promises. Two that share a batch wait for each other at every step of it.
        self._threads = count_cores()
        self._computing = ThreadPoolExecutor(self._threads, "embedding", initializer=compute_alone)
        self._preparing = threading.Lock()

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Shape ``(len(texts), dimension)``, float32, rows of norm 1, in the order of ``texts``.

        Few batches are asked for at a time: nobody who wants little waits for all that another wants.
        """
        vectors = np.empty((len(texts), self.dimension), np.float32)
        order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        places = [order[start : start + BATCH] for start in range(0, len(order), BATCH)]
        batches = ([texts[place] for place in some] for some in places)
        for some, found in zip(places, self._compute(batches), strict=True):
            vectors[some] = found
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.maximum(lengths, 1e-12), np.float32)

    def warm_up(self) -> None:
        """Load the weights, so that nobody who waits for an answer waits for them."""
        self.embed(["warm"])

    def count_tokens(self, text: str) -> int:
        """Tokens with the model's marks, however long the text is; needs no torch."""
        return len(self._tokenizer.encode(text))

    def _compute(self, batches: Iterable[list[str]]) -> Iterator[NDArray[np.float32]]:
        """Vectors of each batch, in order."""
        waiting: deque[Future[NDArray[np.float32]]] = deque()
        for batch in batches:
            # One more than there are threads, so that none waits for us.
            if len(waiting) > self._threads:
                yield waiting.popleft().result()
            waiting.append(self._computing.submit(self._embed_batch, batch))
        while waiting:
            yield waiting.popleft().result()

    def _embed_batch(self, texts: list[str]) -> NDArray[np.float32]:
        import torch

        # Weights are loaded once, and a tokenizer that sets itself up bears no second caller.
        with self._preparing:
            steps, features = self._steps, self._transformer.preprocess(texts)
        with torch.inference_mode():
            for step in steps:
                features = step(features)
                # A mean over hundreds of tokens needs more digits than bfloat16 has.
                features["token_embeddings"] = features["token_embeddings"].float()
            return np.asarray(features["sentence_embedding"].float().numpy())

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        tokenizer = Tokenizer.from_file(str(self.folder / "tokenizer.json"))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer

    @cached_property
    def _steps(self) -> list[Step]:
        """What becomes of preprocessed texts, one after the other; the last gives vectors."""
        from processing.embedding.bert import FlatBert, is_flat

        first, *others = self._transformer
        return [FlatBert(first.auto_model) if is_flat(first.auto_model) else first, *others]

    @cached_property
    def _transformer(self) -> SentenceTransformer:
        """Read under the lock at first: the weights are loaded once."""
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        try:
            transformer = SentenceTransformer(str(self.folder), device="cpu", local_files_only=True)
        except (OSError, ValueError, RuntimeError) as error:
            raise SettingsInvalid(problems=[f"EMBEDDING_MODEL: {self.model} cannot be loaded."]) from error
        # oneDNN keeps memory for every shape it met: over every length there is, a worker would grow for hours.
        reading: Any = transformer[0]
        reading.processing_kwargs["text"] = {"pad_to_multiple_of": PADDING}
        # Without this the processor would only pretend to have the format, and be slower for it.
        if any(torch.cpu.get_capabilities().get(name) for name in ("avx512_bf16", "amx_bf16", "arm_bf16")):
            reading.to(torch.bfloat16)
        return transformer.eval()


def count_cores() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def compute_alone() -> None:
    """One thread of torch for the thread that calls."""
    import torch

    torch.set_num_threads(1)
