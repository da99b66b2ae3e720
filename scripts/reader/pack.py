"""Packs trained weights of the reader into the file that the product loads: ``python -m scripts.reader.pack FILE``.

FILE is what ``scripts/train_reader.py`` wrote, in the format of safetensors. Prints the hash that belongs into
``processing/cross_encoder/weights.py``.
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file

from processing.cross_encoder.weights import FILE
from processing.transformer.weights import quantise

# Matrices of the layers are stored in 8-bit integers. The rest is small.
LARGE = (".qkv.weight", ".o.weight", ".fi.weight", ".fo.weight")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    arrays = pack(load_file(parser.parse_args().file))
    with FILE.open("wb") as target:
        np.savez(target, **arrays)
    print(f"{FILE}: {FILE.stat().st_size / 1e6:.1f} MB, SHA-256 {hashlib.sha256(FILE.read_bytes()).hexdigest()}")


def pack(weights: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Return the arrays of the file, by name."""
    arrays: dict[str, NDArray[Any]] = {}
    for name, weight in weights.items():
        if name.endswith(LARGE):
            numbers, scales = quantise(weight.astype(np.float32))
            arrays[name], arrays[name.removesuffix("weight") + "scale"] = numbers, scales
        else:
            arrays[name] = weight.astype(np.float16)
    return arrays


if __name__ == "__main__":
    main()
