"""Makes what the reader is trained on: a question, the passage that answers it, and those that seem to."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from processing.chunking.chunk import cut_document
from processing.cross_encoder.reader import QUESTION_TOKENS, Cut, cut_text
from processing.embedding.e5 import E5Embedder
from processing.transformer.shared import get_pieces
from processing.types import Page

# Passages of one question: the right one first, and those that the embedding model finds most alike.
MOST = 6
# Questions of so many tokens each are weighed together.
WIDTH, LONGEST = 3, 12
ANSWERABLE = 0.75


@dataclass(frozen=True, slots=True)
class Group:
    """A question with passages, as tokens. If ``answerable`` the first passage answers, in sentence ``sentence``.

    ``sentence`` is -1 if it is not known. ``weight`` makes questions with and without an answer equally frequent at
    each length, because the length of a question must not tell whether there is an answer.
    """

    document: str
    question: Sequence[int]
    cuts: Sequence[Cut]
    answerable: bool
    sentence: int
    across: bool
    weight: float = 1.0


def read_documents(paths: Sequence[Path]) -> list[dict[str, Any]]:
    """Return the documents of files like ``benchmarks/questions/documents.jsonl``."""
    return [json.loads(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines() if line]


def make_groups(documents: Sequence[dict[str, Any]], most: int = MOST) -> list[Group]:
    embedder = E5Embedder()
    return [group for document in documents for group in group_document(document, embedder, most)]


def group_document(document: dict[str, Any], embedder: E5Embedder, most: int) -> Iterator[Group]:
    """Yield a group for each question. One whose answer is in no passage as a whole is left out."""
    texts = [passage.text for passage in cut_document(embedder, [Page(1, document["text"])])]
    vectors, cuts = embedder.embed(texts), [cut_text(text) for text in texts]
    for asked in document["questions"]:
        right = list_right(asked, texts)
        if asked.get("answer") is not None and not right:
            continue
        alike = np.argsort(-(vectors @ embedder.embed_question(asked["q"])))
        chosen = [*right[:1], *(int(number) for number in alike if number not in right)][:most]
        yield Group(
            document["id"],
            get_pieces().list_ids(asked["q"], QUESTION_TOKENS),
            [cuts[number] for number in chosen],
            bool(right),
            find_sentence(asked, texts[right[0]], cuts[right[0]]) if right else -1,
            asked.get("lang", document["lang"]) != document["lang"],
        )


def list_right(asked: dict[str, Any], texts: Sequence[str]) -> list[int]:
    """Return the numbers of the passages with the sentence that answers, or else with the answer."""
    if asked.get("answer") is None:
        return []
    wanted = [flatten(asked["sentence"]), flatten(asked["answer"])]
    found = ([number for number, text in enumerate(texts) if part in flatten(text)] for part in wanted)
    return next((numbers for numbers in found if numbers), [])


def find_sentence(asked: dict[str, Any], text: str, cut: Cut) -> int:
    """Return the number of the passage's sentence that holds the answer and most of the answering sentence, or -1."""
    sentence, answer = flatten(asked["sentence"]), flatten(asked["answer"])
    best, found = 0, -1
    for number, (start, end) in enumerate(cut.sentences):
        own = flatten(text[start:end])
        score = 3 * (answer in own) + 2 * bool(own and (own in sentence or sentence in own))
        if score > best:
            best, found = score, number
    return found


def weigh(groups: Sequence[Group]) -> list[float]:
    """Return the weight of each group, as ``Group`` says."""
    lengths = [min(len(group.question) // WIDTH, LONGEST) for group in groups]
    total = Counter(lengths)
    answerable = Counter(length for length, group in zip(lengths, groups, strict=True) if group.answerable)
    weights = []
    for length, group in zip(lengths, groups, strict=True):
        share = (answerable[length] + ANSWERABLE * 8) / (total[length] + 8)
        weights.append(ANSWERABLE / share if group.answerable else (1 - ANSWERABLE) / (1 - share))
    return weights


def flatten(text: str) -> str:
    return " ".join(text.split())
