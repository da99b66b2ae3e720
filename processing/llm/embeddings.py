"""Turns texts into vectors on any OpenAI-compatible server."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from errors import EmbeddingsUnavailable
from processing.ports import Embedder
from settings import REMOTE_EMBEDDINGS, Settings

if TYPE_CHECKING:
    from openai import OpenAI

TIMEOUT_SECONDS = 30.0
RETRIES = 3
# Texts in one request; some servers accept no more.
BATCH = 32
log = logging.getLogger(__name__)


class OpenAIEmbedder:
    """A ``ports.Embedder`` on a server's embeddings.

    The server does not tell how many tokens its model reads. ``ruler``, an embedder on this machine, counts tokens in
    its place, and passages are cut to the limit of ``ruler``.
    """

    def __init__(self, client: OpenAI, name: str, ruler: Embedder) -> None:
        self.client, self.name, self.ruler = client, name, ruler
        self.model, self.max_tokens = REMOTE_EMBEDDINGS + name, ruler.max_tokens

    @cached_property
    def dimension(self) -> int:
        """The length of a vector, from the server's first response. Raise ``EmbeddingsUnavailable``."""
        return self._request(["dimension"]).shape[1]

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return an array of shape ``(len(texts), dimension)``, float32, rows of norm 1.

        Raise ``EmbeddingsUnavailable`` if the server does not give such vectors.
        """
        parts = [self._request(list(texts[start : start + BATCH])) for start in range(0, len(texts), BATCH)]
        vectors = np.concatenate(parts) if parts else np.empty((0, self.dimension), np.float32)
        if vectors.shape[1] != self.dimension:
            raise EmbeddingsUnavailable
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)

    def embed_question(self, question: str) -> NDArray[np.float32]:
        """Return an array of shape ``(dimension,)``, float32, norm 1. Raise ``EmbeddingsUnavailable`` as ``embed``."""
        return np.asarray(self.embed([question])[0], np.float32)

    def warm_up(self) -> None:
        """Do nothing: the model is on the server."""

    def count_tokens(self, text: str) -> int:
        return self.ruler.count_tokens(text)

    def _request(self, texts: list[str]) -> NDArray[np.float32]:
        from openai import OpenAIError

        try:
            response = self.client.embeddings.create(model=self.name, input=texts, encoding_format="float")
            return read_vectors(response, len(texts))
        except (OpenAIError, ValueError, TypeError, AttributeError) as error:
            log.warning("embeddings_failed", extra={"error": type(error).__name__})
            raise EmbeddingsUnavailable from error


def read_vectors(response: Any, count: int) -> NDArray[np.float32]:
    """Return vectors of shape (count, dimension). Raise ``ValueError`` if there is not one finite vector a text."""
    rows = sorted(response.data, key=lambda row: row.index)
    vectors = np.asarray([row.embedding for row in rows], np.float32)
    if [row.index for row in rows] != list(range(count)) or vectors.ndim != 2 or not vectors.shape[1]:
        raise ValueError("not one vector for each text")
    if not np.isfinite(vectors).all() or not np.linalg.norm(vectors, axis=1).all():
        raise ValueError("a vector is zero or not finite")
    return vectors


def open_embedder(settings: Settings, ruler: Embedder) -> OpenAIEmbedder:
    """Return the embedder for ``EMBEDDING_MODEL=openai:<name>``. Settings with such a name and no key are refused."""
    from openai import OpenAI

    from processing.llm.bounded import open_bounded

    assert settings.openai_api_key is not None
    client = OpenAI(
        api_key=settings.openai_api_key.get_secret_value(),
        base_url=settings.openai_base_url or None,
        timeout=TIMEOUT_SECONDS,
        max_retries=RETRIES,
        http_client=open_bounded(),
    )
    return OpenAIEmbedder(client, settings.embedding_model.removeprefix(REMOTE_EMBEDDINGS), ruler)
