"""The embedding model, which turns texts into vectors."""

from processing.embedding.choose import DEFAULT_MODEL, make_embedder
from processing.embedding.warm_up import start_warming

__all__ = ["DEFAULT_MODEL", "make_embedder", "start_warming"]
