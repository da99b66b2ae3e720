"""The default embedding model, loaded once for all tests."""

from __future__ import annotations

import pytest

from processing.embedding.embedder import TransformerEmbedder
from tests.unit.processing.archive.samples import get_embedder


@pytest.fixture(scope="session")
def embedder() -> TransformerEmbedder:
    return get_embedder()
