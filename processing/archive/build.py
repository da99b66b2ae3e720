"""Makes the archive of a document from its passages: all of its files, or none."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from processing.archive.film import OnProgress
from processing.archive.frames import Label
from processing.archive.vectors import VectorParts, embed_passages
from processing.ports import Embedder
from processing.types import Passage

# memvid looks for the vectors beside the index, under the same name.
VIDEO, INDEX, VECTORS = "archive.mp4", "archive.json", "archive.faiss"
FILES = (VIDEO, INDEX, VECTORS)


@dataclass(frozen=True, slots=True)
class ArchiveFacts:
    """Facts about a finished archive. ``sha256`` has the hexadecimal hash of each file by its name."""

    passages: int
    frames: int
    video_bytes: int
    model: str
    sha256: dict[str, str]


def build_archive(
    passages: Sequence[Passage],
    folder: Path,
    *,
    name: str,
    embedder: Embedder,
    on_progress: OnProgress,
    parts: VectorParts | None = None,
) -> ArchiveFacts:
    """Write ``FILES`` into ``folder``, and delete all of them again if an error is raised.

    Vectors that are stored in ``parts`` are not computed again.

    ``on_progress(stage, done, total)`` is called between batches of the stages embedding, filming and checking. If it
    raises an error, the work stops. Raise ``ArchiveUnreadable`` if the frames of the film cannot be read back.
    """
    try:
        vectors = embed_passages(passages, embedder, on_progress, parts)
        # memvid takes seconds to import and imports torch, so only processes that make archives import it.
        from processing.archive.encoder import SocrateEncoder

        label = Label(name, len(passages), embedder.model)
        SocrateEncoder(passages, label, vectors, on_progress).build(folder / VIDEO, folder / INDEX)
        size = (folder / VIDEO).stat().st_size
        hashes = {file: hash_file(folder / file) for file in FILES}
    except BaseException:
        for file in FILES:
            (folder / file).unlink(missing_ok=True)
        raise
    return ArchiveFacts(len(passages), len(passages), size, embedder.model, hashes)


def hash_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
