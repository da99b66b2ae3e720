"""The memvid archive of a document: a video whose every frame is a passage, and its search index."""

from processing.archive.build import ArchiveFacts, build_archive
from processing.archive.read import check_hashes, read_film, read_vectors

__all__ = ["ArchiveFacts", "build_archive", "check_hashes", "read_film", "read_vectors"]
