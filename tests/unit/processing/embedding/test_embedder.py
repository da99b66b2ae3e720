"""The default model: its vectors and tokens, threads that share it, and names that no model has."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from errors import SettingsInvalid
from processing.embedding import make_embedder
from processing.embedding.embedder import BATCH, TransformerEmbedder
from tests.unit.processing.archive.samples import TEXTS


def test_vectors_have_norm_one_and_are_close_to_single_precision(embedder: TransformerEmbedder) -> None:
    from sentence_transformers import SentenceTransformer

    vectors = embedder.embed(TEXTS)
    assert vectors.shape == (len(TEXTS), embedder.dimension) == (len(TEXTS), 384)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    exact = SentenceTransformer(str(embedder.folder), device="cpu").encode(list(TEXTS), normalize_embeddings=True)
    assert float((vectors * exact).sum(axis=1).min()) > 0.999


def test_vectors_do_not_depend_on_the_other_texts(embedder: TransformerEmbedder) -> None:
    alone = np.concatenate([embedder.embed([text]) for text in TEXTS[:6]])
    assert float((alone * embedder.embed(TEXTS)[:6]).sum(axis=1).min()) > 0.999


def test_no_texts_give_no_vectors(embedder: TransformerEmbedder) -> None:
    assert embedder.embed([]).shape == (0, 384)


def test_threads_share_one_model(embedder: TransformerEmbedder) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda text: embedder.embed([text])[0], TEXTS[:12]))
    assert float((np.array(found) * embedder.embed(TEXTS[:12])).sum(axis=1).min()) > 0.999


def test_tokens_are_counted_beyond_the_limit_of_the_model(embedder: TransformerEmbedder) -> None:
    assert embedder.max_tokens == 256
    assert embedder.count_tokens("one two three") == 5
    assert embedder.count_tokens("word " * 1000) == 1002
    assert embedder.count_tokens("北京是首都") == 7


def test_counting_tokens_does_not_import_torch() -> None:
    code = (
        "import sys; from processing.embedding import make_embedder;"
        "made = make_embedder('all-MiniLM-L6-v2'); made.count_tokens('x'); made.dimension;"
        "print('torch' in sys.modules, 'memvid' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_a_folder_names_a_model(embedder: TransformerEmbedder) -> None:
    named = make_embedder(str(embedder.folder))
    assert (named.dimension, named.max_tokens) == (384, 256)
    assert named.model == str(embedder.folder)


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "bert"}))
    with pytest.raises(SettingsInvalid) as refused:
        make_embedder(str(tmp_path))
    assert "EMBEDDING_MODEL" in str(refused.value)


def test_a_name_that_no_model_has_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(SettingsInvalid) as refused:
        make_embedder("no-such-model-anywhere")
    assert "no-such-model-anywhere" in str(refused.value)


def test_a_short_text_does_not_wait_for_a_long_document(
    embedder: TransformerEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    served: list[str] = []
    both_wait = threading.Event()

    def compute(texts: list[str]) -> NDArray[np.float32]:
        served.append(texts[0][0])
        both_wait.wait(60)
        return np.ones((len(texts), embedder.dimension), np.float32)

    monkeypatch.setattr(embedder, "_embed_batch", compute)
    with ThreadPoolExecutor(2) as pool:
        long = pool.submit(embedder.embed, ["long"] * 10 * BATCH)
        while not served:
            time.sleep(0.001)
        short = pool.submit(embedder.embed, ["short"])
        while embedder._computing._work_queue.qsize() < 1:
            time.sleep(0.001)
        both_wait.set()
        assert short.result(60).shape[0] + long.result(60).shape[0] == 10 * BATCH + 1
    assert served.index("s") <= embedder._threads + 1
