"""memvid's encoder and index, with the slow and the faulty parts replaced."""

from __future__ import annotations

import contextlib
import io
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from processing.archive.film import OnProgress, film_passages
from processing.archive.frames import Label
from processing.archive.stand_in import stand_in
from processing.archive.video import FRAMES_PER_SECOND
from processing.types import Passage

# memvid prints when it is imported.
with contextlib.redirect_stdout(io.StringIO()), stand_in():
    from memvid import MemvidEncoder
    from memvid.config import get_default_config
    from memvid.index import IndexManager

CODEC = "h264"
Vectors = NDArray[np.float32]


class SocrateIndex(IndexManager):  # type: ignore[misc]
    """memvid's index, made from given vectors: it loads no model, and raises an error if a passage is lost."""

    def __init__(self, model: str, vectors: Vectors) -> None:
        self.config: dict[str, Any] = get_default_config()
        self.dimension = int(vectors.shape[1])
        self.config["embedding"] |= {"model": model, "dimension": self.dimension}
        self.config["codec"] = CODEC
        self.embedding_model = None
        self.vectors = vectors
        self.index = self._create_index()
        self.metadata: list[dict[str, Any]] = []
        self.chunk_to_frame: dict[int, int] = {}
        self.frame_to_chunks: dict[int, list[int]] = {}

    def add_chunks(self, chunks: list[str], frame_numbers: list[int], show_progress: bool = False) -> list[int]:
        """Add the passages and return their frame numbers. Raise ``RuntimeError`` if memvid has not added them all."""
        taken: list[int] = self._add_to_index(self.vectors, chunks, frame_numbers)
        if taken != frame_numbers or len(self.metadata) != len(chunks):
            raise RuntimeError("memvid's index took fewer passages than it was given")
        return taken

    def save(self, path: str) -> None:
        """Write the index. Raise ``OSError`` if the disk is full.

        FAISS raises ``RuntimeError`` then, but no error at all if the disk becomes full while the file is closed.
        """
        try:
            super().save(path)
        except RuntimeError as error:
            raise OSError("the index could not be written") from error
        if Path(path).with_suffix(".faiss").stat().st_size != faiss.serialize_index(self.index).nbytes:
            raise OSError("the index was not written to its end")


class SocrateEncoder(MemvidEncoder):  # type: ignore[misc]
    """A ``MemvidEncoder`` that makes the film without temporary files, reads every frame back and prints nothing."""

    def __init__(self, passages: Sequence[Passage], label: Label, vectors: Vectors, on_progress: OnProgress) -> None:
        self.config = get_default_config()
        self.chunks: list[str] = []
        self.index_manager = SocrateIndex(label.model, vectors)
        self.dcker_mngr = None
        self.passages, self.label, self.on_progress = passages, label, on_progress
        self.add_chunks([passage.text for passage in passages])

    def build(self, video: Path, index: Path) -> None:
        """Write video and index with memvid's ``build_video``, without its fallback to another, unreadable codec."""
        logging.getLogger("memvid").setLevel(logging.ERROR)
        self.build_video(
            str(video), str(index), codec=CODEC, show_progress=False, auto_build_docker=False, allow_fallback=False
        )

    def _generate_qr_frames(self, temp_dir: Path, show_progress: bool = False) -> Path:
        """Do nothing: the frames are drawn while the film is encoded."""
        return temp_dir

    def _encode_with_ffmpeg(
        self, frames_dir: Path, output_file: Path, codec: str, show_progress: bool = False, auto_build: bool = False
    ) -> dict[str, Any]:
        film_passages(self.passages, self.label, output_file, self.on_progress)
        count = len(self.passages)
        return {
            "backend": "pyav",
            "codec": codec,
            "total_frames": count,
            "video_size_mb": output_file.stat().st_size / (1024 * 1024),
            "fps": FRAMES_PER_SECOND,
            "duration_seconds": count / FRAMES_PER_SECOND,
        }
