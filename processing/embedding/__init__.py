"""The embedding model of sentence-transformers, which turns texts into vectors."""

from processing.embedding.embedder import TransformerEmbedder, make_embedder
from processing.embedding.models import DEFAULT_MODEL
from processing.embedding.warm_up import start_warming

__all__ = ["DEFAULT_MODEL", "TransformerEmbedder", "make_embedder", "start_warming"]
