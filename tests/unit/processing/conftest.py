"""The default embedding model, loaded once for all tests."""

from __future__ import annotations

import pytest

from processing.embedding.e5 import E5Embedder
from tests.unit.processing.archive.samples import get_embedder


@pytest.fixture(scope="session")
def embedder() -> E5Embedder:
    return get_embedder()
