"""Any sentence-transformers model as the embedder of a process, in bfloat16 if the processor supports it."""

from __future__ import annotations

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
from processing.transformer.engine import count_cores

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

# Texts that a thread computes at once; the number is measured. With fewer texts the overhead of the calls grows. With
# more the threads finish at different times, and a model that needs padding computes more of it.
BATCH = 4
PADDING = 16
Step = Callable[[dict[str, Any]], dict[str, Any]]


class TransformerEmbedder:
    """The ``ports.Embedder`` of a process, shared by all of its threads."""

    def __init__(self, model: str) -> None:
        """Read the facts of ``model``: a folder, or the name of a model of the Hugging Face hub.

        Raise ``SettingsInvalid`` if there is no such model. The weights are loaded at the first use.
        """
        folder = find_model(model)
        described = describe_model(model, folder)
        self.model, self.folder = model, folder
        self.dimension, self.max_tokens = described.dimension, described.max_tokens
        # These threads compute for all callers, each thread one batch: two threads on one batch would wait for each
        # other at every step. A pool serves callers in the order of their requests, which a lock does not guarantee.
        self._threads = count_cores()
        self._computing = ThreadPoolExecutor(self._threads, "embedding", initializer=compute_alone)
        self._preparing = threading.Lock()

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return vectors of shape ``(len(texts), dimension)``, float32, norm 1, in the order of ``texts``.

        A call has only a few batches in the pool at a time, so that a caller with one text does not wait until a whole
        document is computed.
        """
        vectors = np.empty((len(texts), self.dimension), np.float32)
        order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
        batches = [order[start : start + BATCH] for start in range(0, len(order), BATCH)]
        computed = self._compute([texts[index] for index in batch] for batch in batches)
        for batch, found in zip(batches, computed, strict=True):
            vectors[batch] = found
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.maximum(lengths, 1e-12), np.float32)

    def embed_question(self, question: str) -> NDArray[np.float32]:
        """Return the vector of a question, shape ``(dimension,)``, float32, norm 1."""
        return np.asarray(self.embed([question])[0], np.float32)

    def warm_up(self) -> None:
        """Load the weights now, so that the first question does not wait for them. Raise ``SettingsInvalid``."""
        self.embed(["warm"])

    def count_tokens(self, text: str) -> int:
        """Return the number of tokens of a text of any length, with the model's special tokens. Torch is not loaded."""
        return len(self._tokenizer.encode(text))

    def _compute(self, batches: Iterable[list[str]]) -> Iterator[NDArray[np.float32]]:
        """Yield the vectors of each batch, in order."""
        waiting: deque[Future[NDArray[np.float32]]] = deque()
        for batch in batches:
            # One more batch than there are threads, so that no thread is idle while a result is taken.
            if len(waiting) > self._threads:
                yield waiting.popleft().result()
            waiting.append(self._computing.submit(self._embed_batch, batch))
        while waiting:
            yield waiting.popleft().result()

    def _embed_batch(self, texts: list[str]) -> NDArray[np.float32]:
        import torch

        # The weights must be loaded only once, and the tokenizer's first call is not thread-safe.
        with self._preparing:
            steps, features = self._steps, self._transformer.preprocess(texts)
        with torch.inference_mode():
            for step in steps:
                features = step(features)
                # A mean over hundreds of tokens needs more precision than bfloat16 has.
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
        """The model's modules. They are applied in order to preprocessed texts, and the last one gives the vectors."""
        from processing.embedding.bert import FlatBert, is_flat

        first, *others = self._transformer
        return [FlatBert(first.auto_model) if is_flat(first.auto_model) else first, *others]

    @cached_property
    def _transformer(self) -> SentenceTransformer:
        """The model with its weights. The first access must hold ``_preparing``, so that it is loaded only once."""
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        try:
            transformer = SentenceTransformer(str(self.folder), device="cpu", local_files_only=True)
        except (OSError, ValueError, RuntimeError) as error:
            raise SettingsInvalid(problems=[f"EMBEDDING_MODEL: {self.model} cannot be loaded."]) from error
        # Lengths are rounded up, because oneDNN keeps memory for each length: a worker would use more memory for hours.
        reading: Any = transformer[0]
        reading.processing_kwargs["text"] = {"pad_to_multiple_of": PADDING}
        # On other processors bfloat16 is emulated, which is slower than float32.
        if any(torch.cpu.get_capabilities().get(name) for name in ("avx512_bf16", "amx_bf16", "arm_bf16")):
            reading.to(torch.bfloat16)
        return transformer.eval()


def compute_alone() -> None:
    """Make torch compute in the calling thread only, without threads of its own."""
    import torch

    torch.set_num_threads(1)
