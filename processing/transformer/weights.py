"""The weights of an encoder, and e5's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from processing.transformer.e5_file import E5File

# Rows of the vocabulary's table that are converted at a time, so that little memory is needed for it.
ROWS = 4096
Array = NDArray[np.float32]
Weights = tuple[Array, Array]


@dataclass(frozen=True, slots=True)
class Table:
    """A matrix in 8-bit integers: each row times its scale's inverse. ``scales`` has the shape (rows,)."""

    numbers: NDArray[np.int8]
    scales: Array


@dataclass(frozen=True, slots=True)
class Layer:
    """Weight and bias of the steps of one layer; a weight has the shape (outputs, inputs).

    ``mix`` gives queries, keys and values in one product; ``gather`` is the output of attention; ``widen`` and
    ``narrow`` are the two products of the feed-forward part; the norms follow ``gather`` and ``narrow``.
    """

    mix: Weights
    gather: Weights
    gather_norm: Weights
    widen: Weights
    narrow: Weights
    narrow_norm: Weights


@dataclass(frozen=True, slots=True)
class EncoderWeights:
    """All weights of an encoder. ``words`` is the table of the vocabulary, which several encoders may share."""

    heads: int
    epsilon: float
    words: Table
    positions: Array
    types: Array
    norm: Weights
    layers: Sequence[Layer]


def read_words(file: E5File) -> Table:
    """Return the table of e5's vocabulary."""
    sizes = file.sizes
    numbers = np.empty((sizes.words, sizes.width), np.int8)
    scales = np.empty(sizes.words, np.float32)
    for start in range(0, sizes.words, ROWS):
        part = slice(start, min(start + ROWS, sizes.words))
        numbers[part], scales[part] = quantise(file.read_blocks("emb.word", sizes.width, part.start, part.stop))
    return Table(numbers, scales)


def quantise(weights: Array) -> tuple[NDArray[np.int8], Array]:
    """Return 8-bit integers, and the factor of each row that made them."""
    largest = np.abs(weights).max(axis=1)
    scales = np.asarray(127 / np.where(largest > 0, largest, 127), np.float32)
    return np.rint(weights * scales[:, None]).astype(np.int8), scales


def read_e5() -> EncoderWeights:
    """Return the weights of e5 itself. Raise ``SettingsInvalid``."""
    file = E5File()
    sizes = file.sizes
    return EncoderWeights(
        heads=sizes.heads,
        epsilon=file.epsilon,
        words=read_words(file),
        positions=file.read_floats("emb.pos").reshape(-1, sizes.width),
        types=file.read_floats("emb.type").reshape(-1, sizes.width),
        norm=read_norm(file, "emb.ln"),
        layers=[read_layer(file, f"l{number}.") for number in range(sizes.layers)],
    )


def read_layer(file: E5File, prefix: str) -> Layer:
    width, inner = file.sizes.width, file.sizes.inner
    parts = [read_linear(file, prefix + name, width) for name in "qkv"]
    return Layer(
        mix=(np.concatenate([weight for weight, _ in parts]), np.concatenate([bias for _, bias in parts])),
        gather=read_linear(file, prefix + "ao", width),
        gather_norm=read_norm(file, prefix + "aln"),
        widen=read_linear(file, prefix + "fi", width),
        narrow=read_linear(file, prefix + "fo", inner),
        narrow_norm=read_norm(file, prefix + "oln"),
    )


def read_linear(file: E5File, name: str, inputs: int) -> Weights:
    return file.read_blocks(f"{name}.w", inputs), file.read_floats(f"{name}.b")


def read_norm(file: E5File, name: str) -> Weights:
    return file.read_floats(f"{name}.w"), file.read_floats(f"{name}.b")
