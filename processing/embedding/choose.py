"""Chooses the embedding model."""

from __future__ import annotations

from errors import SettingsInvalid
from processing.embedding.e5 import E5Embedder
from processing.embedding.models import find_model
from processing.ports import Embedder

DEFAULT_MODEL = E5Embedder.model


def make_embedder(model: str) -> Embedder:
    """Return the embedder for ``model``: ``DEFAULT_MODEL``, a folder, or the name of a model of the Hugging Face hub.

    Raise ``SettingsInvalid`` if there is no such model, or if it needs packages that are not installed.
    """
    if model == DEFAULT_MODEL:
        return E5Embedder()
    try:
        return open_folder(model)
    except ModuleNotFoundError as error:
        problem = f"EMBEDDING_MODEL: {model} needs packages that are not installed; README.md says which."
        raise SettingsInvalid(problems=[problem]) from error


def open_folder(model: str) -> Embedder:
    # The default model needs none of the packages that these modules import.
    from processing.embedding.bert import BertEmbedder, is_bert

    folder = find_model(model)
    if is_bert(folder):
        return BertEmbedder(model, folder)
    from processing.embedding.transformer import TransformerEmbedder

    return TransformerEmbedder(model, folder)
