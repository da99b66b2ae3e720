"""Compares the embedder with sentence-transformers: speed, and similarity of vectors."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine import use_all_cores
from benchmarks.stock import quiet
from processing.chunking.passages import cut_passages
from processing.embedding.models import find_model
from processing.ports import Embedder
from processing.types import Page

STOCK_BATCH = 32
RANKS = 10


def compare_embedding(texts: Sequence[str], embedder: Embedder, xquad: Path | None) -> dict[str, Any]:
    """Return the figures: times in seconds, ``cosine`` the lowest of all texts.

    With ``xquad`` the MRR@10 of both is added.
    """
    with quiet():
        from sentence_transformers import SentenceTransformer

        stock = SentenceTransformer(str(find_model(embedder.model)), device="cpu")
    embedder.embed(texts[:STOCK_BATCH])
    use_all_cores()
    stock.encode(list(texts[:STOCK_BATCH]))
    began = time.perf_counter()
    theirs = stock.encode(list(texts), batch_size=STOCK_BATCH, normalize_embeddings=True)
    middle = time.perf_counter()
    ours = embedder.embed(texts)
    end = time.perf_counter()
    facts: dict[str, Any] = {
        "stock_seconds": middle - began,
        "our_seconds": end - middle,
        "cosine": float(np.min(np.sum(theirs * ours, axis=1))),
    }
    if xquad is not None:
        facts |= compare_ranks(xquad, stock, embedder)
    return facts


def compare_ranks(path: Path, stock: Any, embedder: Embedder) -> dict[str, float]:
    """Return the MRR@10 of stock and of Socrate, by vectors alone, on the passages that Socrate cuts."""
    paragraphs = [paragraph for article in json.loads(path.read_text())["data"] for paragraph in article["paragraphs"]]
    pages = [Page(number, paragraph["context"]) for number, paragraph in enumerate(paragraphs, 1)]
    texts = [passage.text for passage in cut_passages(pages, embedder.count_tokens, embedder.max_tokens)]
    asked = [(item["question"], item["answers"][0]["text"]) for part in paragraphs for item in part["qas"]]
    questions = [question for question, _ in asked]
    theirs = stock.encode(texts, normalize_embeddings=True) @ stock.encode(questions, normalize_embeddings=True).T
    ours = embedder.embed(texts) @ np.array([embedder.embed_question(question) for question in questions]).T
    answers = [answer for _, answer in asked]
    return {"mrr_stock": measure_mrr(theirs, texts, answers), "mrr_ours": measure_mrr(ours, texts, answers)}


def measure_mrr(scores: Any, texts: Sequence[str], answers: Sequence[str]) -> float:
    """Return the mean of 1/rank of the first passage that holds the answer; it is 0 if the rank is above ``RANKS``.

    ``scores`` has the shape (passages, questions).
    """
    best = np.argsort(-scores, axis=0)[:RANKS]
    ranks = (
        next((rank for rank, index in enumerate(best[:, number], 1) if answer in texts[index]), 0)
        for number, answer in enumerate(answers)
    )
    return float(np.mean([1 / rank if rank else 0.0 for rank in ranks]))
