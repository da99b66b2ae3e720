"""Embeds the passages of a document. Finished vectors are stored in parts, from which another attempt goes on."""

from __future__ import annotations

import hashlib
import io
import logging
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from errors import Postponed, StorageUnavailable, WorkerStopping
from processing.archive.film import OnProgress
from processing.ports import Embedder, Storage
from processing.types import Passage, Stage
from storage.keys import part_key

# Texts that are embedded between two calls of ``on_progress``, which shows progress and may cancel the work.
EMBED_BATCH = 32
# Texts of similar length are embedded together, so the passages are sorted by length, but only within stretches of this
# many: sorted over the whole document, the long ones would all come last, and progress would become slower and slower.
STRETCH = 512
# A part is stored after this time and this share of the document. The first saves a small document any part, the
# second keeps the number of parts of a large one low. What a crash costs is at most what a part holds.
PART_SECONDS = 2.0
PART_SHARE = 0.02
NAME = re.compile(r"(\d+)-(\d+)-([0-9a-f]{32})\.npy")
Vectors = NDArray[np.float32]
log = logging.getLogger(__name__)


def embed_passages(
    passages: Sequence[Passage], embedder: Embedder, on_progress: OnProgress, parts: VectorParts | None = None
) -> Vectors:
    """Return vectors of shape (passages, dimension), in the order of the passages.

    Passages with the same text are computed once. With ``parts``, only what an earlier attempt has not stored is
    computed.
    """
    numbers = {text: number for number, text in enumerate(dict.fromkeys(passage.text for passage in passages))}
    texts = list(numbers)
    order = sorted(range(len(texts)), key=lambda index: (index // STRETCH, len(texts[index])))
    computed = np.empty((len(texts), embedder.dimension), np.float32)
    done = parts.load(computed) if parts else 0
    on_progress(Stage.EMBEDDING, done, len(texts))
    try:
        while done < len(order):
            batch = order[done : done + EMBED_BATCH]
            computed[done : done + len(batch)] = embedder.embed([texts[index] for index in batch])
            done += len(batch)
            on_progress(Stage.EMBEDDING, done, len(texts))
            if parts:
                parts.save(computed, done)
    except (Postponed, WorkerStopping):
        if parts:
            parts.save(computed, done, now=True)
        raise
    vectors = np.empty_like(computed)
    vectors[order] = computed
    return vectors[[numbers[passage.text] for passage in passages]]


def name_vectors(passages: Sequence[Passage], embedder: Embedder) -> str:
    """Return 32 hexadecimal digits that differ if the vectors, or the order in which they are computed, may differ."""
    digest = hashlib.sha256(f"{embedder.model}\0{embedder.dimension}\0{STRETCH}\0{EMBED_BATCH}\0once".encode())
    for passage in passages:
        text = passage.text.encode()
        digest.update(f"\0{len(text)}\0".encode() + text)
    return digest.hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Part:
    """A stored part: vectors from position ``start`` to before ``stop``, and the beginning of the file's SHA-256."""

    key: str
    start: int
    stop: int
    sha256: str


class VectorParts:
    """The parts of one document's vectors, below ``prefix``, which names everything that the vectors depend on.

    Vectors are stored in the order in which they are computed. A part that can't be stored or read, or that is not
    what was stored, is treated as missing: its vectors are computed again.
    """

    def __init__(self, storage: Storage, prefix: str, folder: Path) -> None:
        self.storage, self.prefix, self.folder = storage, prefix, folder
        self._stored = 0
        self._began = time.monotonic()

    def load(self, vectors: Vectors) -> int:
        """Write the stored vectors to the beginning of ``vectors``, and return their number."""
        done = 0
        for part in self._list_parts():
            if part.start <= done < part.stop <= len(vectors):
                found = self._read(part, vectors.shape[1])
                if found is not None:
                    vectors[done : part.stop] = found[done - part.start :]
                    done = part.stop
        self._stored = done
        return done

    def save(self, vectors: Vectors, done: int, *, now: bool = False) -> None:
        """Store a part if enough of ``vectors`` is new; the first ``done`` are finished. With ``now``, store any."""
        new = done - self._stored
        enough = new >= PART_SHARE * len(vectors) and time.monotonic() - self._began >= PART_SECONDS
        if new and (enough or now):
            self._write(vectors[self._stored : done])
            self._began = time.monotonic()

    def _list_parts(self) -> Sequence[Part]:
        try:
            return sorted(parse_parts(self.storage.list_keys(self.prefix)), key=lambda part: (part.start, -part.stop))
        except StorageUnavailable:
            return []

    def _read(self, part: Part, dimension: int) -> Vectors | None:
        try:
            with self.storage.local_copy(part.key) as path:
                content = path.read_bytes()
            if shorten_hash(content) != part.sha256:
                raise ValueError("not what was stored")
            found = np.load(io.BytesIO(content), allow_pickle=False)
        except (StorageUnavailable, ValueError, OSError) as error:
            log.warning("part_unreadable", extra={"key": part.key, "error": type(error).__name__})
            return None
        sound = found.dtype == np.float32 and found.shape == (part.stop - part.start, dimension)
        return found if sound and bool(np.isfinite(found).all()) else None

    def _write(self, vectors: Vectors) -> None:
        content = io.BytesIO()
        np.save(content, vectors)
        stop = self._stored + len(vectors)
        path = self.folder / "part.npy"
        try:
            path.write_bytes(content.getvalue())
            self.storage.save_file(part_key(self.prefix, self._stored, stop, shorten_hash(content.getvalue())), path)
        except (StorageUnavailable, OSError):
            # The work goes on; the next part holds these vectors as well.
            log.warning("part_not_stored", extra={"prefix": self.prefix})
            return
        finally:
            path.unlink(missing_ok=True)
        self._stored = stop


def parse_parts(keys: Iterable[str]) -> Iterator[Part]:
    for key in keys:
        if match := NAME.fullmatch(key.rpartition("/")[2]):
            yield Part(key, int(match[1]), int(match[2]), match[3])


def shorten_hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]
