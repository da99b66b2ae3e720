"""The memvid archive: a video whose every frame is a passage, with its search index beside it."""

from processing.archive.build import ArchiveFacts, build_archive
from processing.archive.read import check_hashes, read_film, read_vectors
from processing.embedding.embedder import make_embedder
from processing.embedding.models import DEFAULT_MODEL
from processing.embedding.warm_up import start_warming

__all__ = [
    "DEFAULT_MODEL",
    "ArchiveFacts",
    "build_archive",
    "check_hashes",
    "make_embedder",
    "read_film",
    "read_vectors",
    "start_warming",
]
