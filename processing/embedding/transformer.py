"""Any sentence-transformers model as the embedder of a process. It needs the packages in requirements-torch.txt."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from errors import SettingsInvalid
from processing.embedding.models import describe_model

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

# Texts that are computed at once. With more, more is computed for padding.
BATCH = 8


class TransformerEmbedder:
    """The ``ports.Embedder`` of a process, shared by all of its threads."""

    def __init__(self, model: str, folder: Path) -> None:
        """The weights are loaded at the first use."""
        described = describe_model(model, folder)
        self.model, self.folder = model, folder
        self.dimension, self.max_tokens = described.dimension, described.max_tokens
        # The library computes one batch with all cores, and its tokenizer serves one thread at a time.
        self._computing = threading.Lock()

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return vectors of shape ``(len(texts), dimension)``, float32, norm 1, in the order of ``texts``.

        Other threads may compute between two batches, so that a question does not wait for a whole document.
        """
        vectors = np.empty((len(texts), self.dimension), np.float32)
        for start in range(0, len(texts), BATCH):
            batch = list(texts[start : start + BATCH])
            with self._computing:
                vectors[start : start + len(batch)] = self._transformer.encode(
                    batch, batch_size=BATCH, normalize_embeddings=True, show_progress_bar=False
                )
        return vectors

    def embed_question(self, question: str) -> NDArray[np.float32]:
        """Return the vector of a question, shape ``(dimension,)``, float32, norm 1."""
        return np.asarray(self.embed([question])[0], np.float32)

    def warm_up(self) -> None:
        """Load the weights now, so that the first question does not wait for them. Raise ``SettingsInvalid``."""
        self.embed_question("warm")

    def count_tokens(self, text: str) -> int:
        """Return the number of tokens of a text of any length, with the model's special tokens."""
        with self._computing:
            return len(self._transformer.tokenizer(text, verbose=False)["input_ids"])

    @cached_property
    def _transformer(self) -> SentenceTransformer:
        """The model with its weights. The first access must hold ``_computing``, so that it is loaded only once."""
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        try:
            return SentenceTransformer(str(self.folder), device="cpu", local_files_only=True).eval()
        except (OSError, ValueError, RuntimeError) as error:
            raise SettingsInvalid(problems=[f"EMBEDDING_MODEL: {self.model} cannot be loaded."]) from error
