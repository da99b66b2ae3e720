"""The file of the model is checked before it is used, and its blocks are read as numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from errors import SettingsInvalid
from processing.transformer.e5_file import E5File, find_file
from processing.transformer.weights import quantise


@pytest.fixture(scope="module")
def file() -> E5File:
    return E5File()


def test_the_sizes_are_those_of_the_model(file: E5File) -> None:
    sizes = file.sizes
    assert (sizes.width, sizes.layers, sizes.heads, sizes.inner, sizes.words) == (384, 12, 12, 1536, 250_037)
    assert sum(1 for _ in file.iterate_pieces()) >= 250_002


def test_a_part_of_a_matrix_is_the_same_part_of_the_whole(file: E5File) -> None:
    whole = file.read_blocks("l0.fi.w", file.sizes.width)
    assert whole.shape == (1536, 384) and np.isfinite(whole).all() and 0.01 < whole.std() < 1
    np.testing.assert_array_equal(file.read_blocks("l0.fi.w", file.sizes.width, 100, 110), whole[100:110])


def test_another_file_is_refused(tmp_path: Path) -> None:
    changed = bytearray(find_file().read_bytes())
    changed[-1] ^= 1
    (tmp_path / "changed.bin").write_bytes(changed)
    for path in (tmp_path / "changed.bin", tmp_path / "missing.bin", tmp_path):
        with pytest.raises(SettingsInvalid) as refused:
            E5File(path)
        assert "EMBEDDING_MODEL" in str(refused.value)


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("processing.transformer.e5_file.PACKAGE", "no_such_package")
    with pytest.raises(SettingsInvalid) as refused:
        E5File()
    assert "no_such_package" in str(refused.value)


def test_numbers_of_8_bits_are_close_to_what_they_stand_for() -> None:
    weights = np.random.default_rng(1).normal(size=(20, 64)).astype(np.float32)
    weights[3] = 0
    numbers, scales = quantise(weights)
    np.testing.assert_allclose(numbers / scales[:, None], weights, atol=float(np.abs(weights).max()) / 127)
    assert numbers.dtype == np.int8 and not numbers[3].any()
