"""Passages become an archive in a folder, whole or not at all."""

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
from processing.types import Passage

# memvid finds the vectors beside the index, under its name.
VIDEO, INDEX, VECTORS = "archive.mp4", "archive.json", "archive.faiss"
FILES = (VIDEO, INDEX, VECTORS)
# Progress can be shown and work called off after each, also when several documents take turns.
EMBED_BATCH = 32
# Texts of like length are embedded together, within a stretch short enough to keep the speed even.
STRETCH = 512


@dataclass(frozen=True, slots=True)
class ArchiveFacts:
    """What was made; ``sha256`` by file name."""

    passages: int
    frames: int
    video_bytes: int
    model: str
    sha256: dict[str, str]


def build_archive(
    passages: Sequence[Passage], folder: Path, *, name: str, embedder: Embedder, on_progress: OnProgress
) -> ArchiveFacts:
    """Write ``FILES`` into ``folder``; what fails or is called off leaves none of them.

    ``on_progress(stage, done, total)`` is called between batches for embedding, filming, checking; what it raises
    stops the work. ``ArchiveUnreadable`` where no strength gives frames that decode.
    """
    try:
        vectors = embed_passages(passages, embedder, on_progress)
        # memvid takes seconds to import and brings torch along: only where an archive is made.
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
    """Shape (passages, dimension), in their order."""
    texts = [passage.text for passage in passages]
    vectors = np.empty((len(texts), embedder.dimension), np.float32)
    order = sorted(range(len(texts)), key=lambda place: (place // STRETCH, len(texts[place])))
    on_progress("embedding", 0, len(texts))
    for start in range(0, len(order), EMBED_BATCH):
        places = order[start : start + EMBED_BATCH]
        vectors[places] = embedder.embed([texts[place] for place in places])
        on_progress("embedding", start + len(places), len(texts))
    return vectors


def hash_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
