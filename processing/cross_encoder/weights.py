"""Reads the weights of the reader from the file beside this module."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from errors import SettingsInvalid
from processing.transformer.e5_file import E5File
from processing.transformer.weights import EncoderWeights, Layer, Weights, read_words

FILE = Path(__file__).parent / "reader.npz"
SHA256 = "5138a818e05413afc06a04559af870563b3ebdc5bd2766a00c76b531f0258281"
HEADS, EPSILON = 12, 1e-12
Array = NDArray[np.float32]
Arrays = Mapping[str, NDArray[np.generic]]


@dataclass(frozen=True, slots=True)
class Heads:
    """What the reader computes from the last states.

    ``hidden`` and ``relevance`` make the relevance from the first state and the mean of the passage's; ``span`` gives
    two numbers for each token of the passage: how well an answer begins and ends there.
    """

    hidden: Weights
    relevance: Weights
    span: Weights


def read_heads() -> Heads:
    """Return the weights of the heads. Raise ``SettingsInvalid`` as ``read_arrays``."""
    arrays = read_arrays()
    return Heads(*(get_weights(arrays, name) for name in ("rel.0", "rel.2", "span")))


def read_layers() -> EncoderWeights:
    """Return the weights of the layers, with the table of e5's vocabulary. Raise ``SettingsInvalid``."""
    arrays = read_arrays()
    count = sum(name.endswith(".qkv.bias") for name in arrays)
    return EncoderWeights(
        heads=HEADS,
        epsilon=EPSILON,
        words=read_words(E5File()),
        positions=widen(arrays["pos.weight"]),
        types=widen(arrays["typ.weight"]),
        norm=get_weights(arrays, "norm"),
        layers=[get_layer(arrays, f"layers.{number}.") for number in range(count)],
    )


def read_arrays() -> Arrays:
    """Return what is stored. Raise ``SettingsInvalid`` if the file is not the one that this module was written for."""
    content = FILE.read_bytes()
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise SettingsInvalid(problems=[f"The weights of the reader, {FILE.name}, are not those of this release."])
    with np.load(io.BytesIO(content), allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}


def get_layer(arrays: Arrays, prefix: str) -> Layer:
    mix, gather, gather_norm, inner, narrow, narrow_norm = (
        get_weights(arrays, prefix + name) for name in ("qkv", "o", "n1", "fi", "fo", "n2")
    )
    return Layer(mix, gather, gather_norm, inner, narrow, narrow_norm)


def get_weights(arrays: Arrays, name: str) -> Weights:
    """Return weight and bias. Large matrices are stored in 8-bit integers, with the factor of each row."""
    weight = widen(arrays[f"{name}.weight"])
    if f"{name}.scale" in arrays:
        weight /= widen(arrays[f"{name}.scale"])[:, None]
    return weight, widen(arrays[f"{name}.bias"])


def widen(array: NDArray[np.generic]) -> Array:
    return np.asarray(array, np.float32)
