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
from processing.embedding.e5 import E5Embedder
from processing.transformer.engine import count_cores
from tests.unit.processing.archive.samples import TEXTS

ALIKE = {
    "en": "How many days of holiday do I have?",
    "it": "Quanti giorni di ferie ho?",
    "ru": "Сколько у меня дней отпуска?",
    "zh": "我有多少天假期？",
    "ar": "كم يوم إجازة لدي؟",
}
ANSWER, OTHER = "Employees are entitled to 26 days of paid annual leave.", "The pump must be cleaned after each use."


def test_vectors_have_norm_one(embedder: E5Embedder) -> None:
    vectors = embedder.embed(TEXTS)
    assert vectors.shape == (len(TEXTS), embedder.dimension) == (len(TEXTS), 384)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("language", ALIKE)
def test_a_question_in_any_language_is_closer_to_its_answer(embedder: E5Embedder, language: str) -> None:
    answer, other = embedder.embed([ANSWER, OTHER]) @ embedder.embed_question(ALIKE[language])
    assert answer > other


def test_a_vector_does_not_depend_on_the_other_texts(embedder: E5Embedder) -> None:
    alone = np.concatenate([embedder.embed([text]) for text in TEXTS[:6]])
    np.testing.assert_array_equal(alone, embedder.embed(TEXTS)[:6])


def test_no_texts_give_no_vectors(embedder: E5Embedder) -> None:
    assert embedder.embed([]).shape == (0, 384)


@pytest.mark.parametrize("text", ["", " ", "\0", "\u200b", "x" * 5000, "ก" * 3000, "\U0001f469\u200d\U0001f52c"])
def test_every_text_has_a_vector(embedder: E5Embedder, text: str) -> None:
    assert np.isfinite(embedder.embed([text])).all()


def test_threads_share_one_model(embedder: E5Embedder) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda text: embedder.embed([text])[0], TEXTS[:12]))
    np.testing.assert_array_equal(np.array(found), embedder.embed(TEXTS[:12]))


def test_tokens_are_counted_beyond_the_limit_of_the_model(embedder: E5Embedder) -> None:
    assert embedder.max_tokens == 512
    # "passage", ":", and a special token at both ends.
    assert embedder.count_tokens("") == 4
    assert embedder.count_tokens("one two three") == 7
    assert embedder.count_tokens("word " * 1000) == 1004


def test_the_default_model_needs_no_torch() -> None:
    code = (
        "import sys; sys.modules |= dict.fromkeys(('torch', 'transformers', 'sentence_transformers', 'tokenizers'));"
        "from processing.embedding import make_embedder, DEFAULT_MODEL;"
        "print(make_embedder(DEFAULT_MODEL).embed(['x']).shape, 'memvid' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "(1, 384) False"


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


def test_a_short_text_does_not_wait_for_a_long_document(embedder: E5Embedder, monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[str] = []
    both_wait = threading.Event()

    def compute(text: str) -> NDArray[np.float32]:
        served.append(text)
        both_wait.wait(60)
        return np.ones(embedder.dimension, np.float32)

    monkeypatch.setattr(embedder, "_embed", compute)
    with ThreadPoolExecutor(2) as pool:
        long = pool.submit(embedder.embed, ["long"] * 40)
        while not served:
            time.sleep(0.001)
        short = pool.submit(embedder.embed_question, "short")
        while embedder._computing._work_queue.qsize() < 1:
            time.sleep(0.001)
        both_wait.set()
        short.result(60)
        assert long.result(60).shape[0] == 40
    assert served.index("query: short") <= 2 * count_cores() + 1
