"""Makes the archive of a document from its passages: all of its files, or none."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from processing.archive.film import OnProgress
from processing.archive.frames import Label
from processing.ports import Embedder
from processing.types import Passage, Stage

# memvid looks for the vectors beside the index, under the same name.
VIDEO, INDEX, VECTORS = "archive.mp4", "archive.json", "archive.faiss"
FILES = (VIDEO, INDEX, VECTORS)
# Texts that are embedded between two calls of ``on_progress``, which shows progress and may cancel the work.
EMBED_BATCH = 32
# Texts of similar length are embedded together, so the passages are sorted by length, but only within stretches of this
# many: sorted over the whole document, the long ones would all come last, and progress would become slower and slower.
STRETCH = 512


@dataclass(frozen=True, slots=True)
class ArchiveFacts:
    """Facts about a finished archive. ``sha256`` has the hexadecimal hash of each file by its name."""

    passages: int
    frames: int
    video_bytes: int
    model: str
    sha256: dict[str, str]


def build_archive(
    passages: Sequence[Passage], folder: Path, *, name: str, embedder: Embedder, on_progress: OnProgress
) -> ArchiveFacts:
    """Write ``FILES`` into ``folder``, and delete all of them again if an error is raised.

    ``on_progress(stage, done, total)`` is called between batches of the stages embedding, filming and checking. If it
    raises an error, the work stops. Raise ``ArchiveUnreadable`` if the frames of the film cannot be read back.
    """
    try:
        vectors = embed_passages(passages, embedder, on_progress)
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


def embed_passages(passages: Sequence[Passage], embedder: Embedder, on_progress: OnProgress) -> NDArray[np.float32]:
    """Return vectors of shape (passages, dimension), in the order of the passages."""
    texts = [passage.text for passage in passages]
    vectors = np.empty((len(texts), embedder.dimension), np.float32)
    order = sorted(range(len(texts)), key=lambda index: (index // STRETCH, len(texts[index])))
    on_progress(Stage.EMBEDDING, 0, len(texts))
    for start in range(0, len(order), EMBED_BATCH):
        batch = order[start : start + EMBED_BATCH]
        vectors[batch] = embedder.embed([texts[index] for index in batch])
        on_progress(Stage.EMBEDDING, start + len(batch), len(texts))
    return vectors


def hash_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
