"""Chooses the embedding model."""

from __future__ import annotations

from errors import SettingsInvalid
from processing.embedding.e5 import E5Embedder
from processing.ports import Embedder

DEFAULT_MODEL = E5Embedder.model


def make_embedder(model: str) -> Embedder:
    """Return the embedder for ``model``: ``DEFAULT_MODEL``, a folder, or the name of a model of the Hugging Face hub.

    Raise ``SettingsInvalid`` if there is no such model, or if it needs packages that are not installed.
    """
    if model == DEFAULT_MODEL:
        return E5Embedder()
    try:
        # These packages are large and not needed for the default model.
        from processing.embedding.transformer import TransformerEmbedder

        return TransformerEmbedder(model)
    except ModuleNotFoundError as error:
        problem = f"EMBEDDING_MODEL: {model} needs the packages in requirements-torch.txt."
        raise SettingsInvalid(problems=[problem]) from error
