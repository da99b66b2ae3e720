"""A machine without room for a moment makes no vectors; it makes them when there is room."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from errors import EmbeddingsUnavailable
from processing.embedding.e5 import E5Embedder


def test_a_model_that_cannot_be_loaded_is_loaded_at_the_next_use(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    embedder = E5Embedder()
    with monkeypatch.context() as patched:
        patched.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
        for _ in range(2):
            with pytest.raises(EmbeddingsUnavailable):
                embedder.embed_question("Is there room?")
    assert embedder.embed_question("Is there room?").shape == (384,)
