"""Models other than the default one: all-MiniLM-L6-v2 without PyTorch, others with it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from processing.embedding import make_embedder
from processing.embedding.bert import BertEmbedder
from processing.embedding.models import MINILM, find_model
from processing.embedding.transformer import TransformerEmbedder
from tests.unit.processing.archive.samples import TEXTS

OF_EVERY_LENGTH = [*TEXTS[:8], "x", "北京是首都。" * 30, *("word " * count for count in range(1, 300, 40))]


@pytest.fixture(scope="module")
def minilm() -> BertEmbedder:
    embedder = make_embedder(MINILM)
    assert isinstance(embedder, BertEmbedder)
    return embedder


def test_minilm_has_the_vectors_of_the_library(minilm: BertEmbedder) -> None:
    from sentence_transformers import SentenceTransformer

    exact = SentenceTransformer(str(minilm.folder), device="cpu").encode(OF_EVERY_LENGTH, normalize_embeddings=True)
    cosines = (minilm.embed(OF_EVERY_LENGTH) * exact).sum(axis=1)
    assert float(cosines[:8].min()) > 0.995
    # Of single words, and of texts that the model has no words for, 8 bits keep less.
    assert float(cosines.min()) > 0.98


def test_tokens_of_minilm_are_counted(minilm: BertEmbedder) -> None:
    assert (minilm.dimension, minilm.max_tokens) == (384, 256)
    assert minilm.count_tokens("one two three") == 5
    assert minilm.count_tokens("word " * 1000) == 1002
    assert minilm.count_tokens("北京是首都") == 7


def test_a_folder_names_a_model(minilm: BertEmbedder) -> None:
    named = make_embedder(str(minilm.folder))
    assert isinstance(named, BertEmbedder) and named.model == str(minilm.folder)


def test_any_other_model_is_left_to_the_library(tmp_path: Path, minilm: BertEmbedder) -> None:
    shutil.copytree(find_model(MINILM), tmp_path / "other")
    config = tmp_path / "other" / "config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"hidden_act": "gelu_new"}))
    other = make_embedder(str(tmp_path / "other"))
    assert isinstance(other, TransformerEmbedder)
    assert (other.dimension, other.max_tokens, other.count_tokens("one two three")) == (384, 256, 5)
    vectors = other.embed(TEXTS[:9])
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert float((vectors * minilm.embed(TEXTS[:9])).sum(axis=1).min()) > 0.98
    np.testing.assert_allclose(other.embed_question(TEXTS[0]), vectors[0], atol=1e-4)
