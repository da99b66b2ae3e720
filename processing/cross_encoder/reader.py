"""Reads a question together with passages: how relevant each passage is, and which of its sentences answers."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from processing.cross_encoder.weights import Heads, read_heads, read_layers
from processing.language.codes import get_code
from processing.language.detect import detect_language
from processing.text.sentences import list_sentences
from processing.transformer.engine import Encoder, count_cores
from processing.transformer.shared import get_pieces
from processing.transformer.weights import Weights
from processing.types import Reading, Span

# The most tokens of a question and of a passage that are read, as in training.
QUESTION_TOKENS, PASSAGE_TOKENS = 64, 440
# An answer has no more tokens than this.
LONGEST_ANSWER = 40
# The most passages that are read for a question, and the fewest that are read while many questions wait.
MOST, FEWEST = 12, 4
# Passages that one core computes at a time.
GROUP = 3
Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Cut:
    """The tokens of one passage, and for each sentence with tokens its span and the tokens that it ends with."""

    ids: Sequence[int]
    sentences: Sequence[Span]
    ends: Sequence[int]


class E5CrossEncoder:
    """The ``ports.CrossEncoder`` of a process, shared by its threads. Loaded at its first use."""

    def __init__(self) -> None:
        self._loading = threading.Lock()
        self._reading = ThreadPoolExecutor(count_cores(), "reading")
        self._asked = 0

    def read(self, question: str, texts: Sequence[str]) -> list[Reading]:
        """Return what the reader says of each text, in their order.

        While other questions wait it reads only the first few, and the result is shorter than ``texts``.
        """
        with self._count_questions() as waiting:
            chosen = texts[: max(FEWEST, MOST // waiting)]
            asked, cuts = self._cut(question, chosen)
            # Texts of similar length are computed together, so that little is computed for padding.
            order = sorted(range(len(cuts)), key=lambda number: len(cuts[number].ids))
            groups = [order[start : start + GROUP] for start in range(0, len(order), GROUP)]
            computed = self._reading.map(lambda group: self._read(asked, [cuts[number] for number in group]), groups)
            found = {
                number: reading
                for group, readings in zip(groups, computed, strict=True)
                for number, reading in zip(group, readings, strict=True)
            }
            return [found[number] for number in range(len(cuts))]

    def warm_up(self) -> None:
        """Load the weights now, so that the first question does not wait for them."""
        self.read("warm", ["warm"])

    @contextmanager
    def _count_questions(self) -> Iterator[int]:
        """A context with the number of questions that are being read, with this one."""
        with self._loading:
            self._asked += 1
            waiting = self._asked
        try:
            yield waiting
        finally:
            with self._loading:
                self._asked -= 1

    def _cut(self, question: str, texts: Sequence[str]) -> tuple[Sequence[int], Sequence[Cut]]:
        """Return the tokens of the question and of the texts. Load the weights if that was not done."""
        with self._loading:
            _loaded = self._parts
            asked = get_pieces().list_ids(question, QUESTION_TOKENS)
        return asked, [cut_text(text) for text in texts]

    def _read(self, asked: Sequence[int], cuts: Sequence[Cut]) -> list[Reading]:
        encoder, heads = self._parts
        special = get_pieces().special
        start = len(asked) + 2
        ids = [[special.begin, *asked, special.end, *cut.ids, special.end] for cut in cuts]
        states = encoder.encode(ids, [[0] * start + [1] * (len(each) - start) for each in ids])
        return [
            make_reading(heads, cut, own[0], own[start : len(each)])
            for cut, each, own in zip(cuts, ids, states, strict=True)
        ]

    @cached_property
    def _parts(self) -> tuple[Encoder, Heads]:
        """The first access must hold ``_loading``, so that the weights are loaded only once."""
        return Encoder(read_layers), read_heads()


def cut_text(text: str) -> Cut:
    """Cut each sentence by itself, so that it is known which tokens are its own."""
    ids, sentences, ends = list[int](), list[Span](), list[int]()
    for start, end in list_sentences(text, get_code(detect_language(text))):
        found = get_pieces().list_ids(text[start:end], PASSAGE_TOKENS - len(ids))
        if found:
            ids += found
            sentences.append((start, end))
            ends.append(len(ids))
    return Cut(ids, sentences, ends)


def make_reading(heads: Heads, cut: Cut, first: Array, states: Array) -> Reading:
    """Return the reading from the first state and those of the passage with its end, shape (tokens + 1, width)."""
    hidden = np.tanh(apply(heads.hidden, np.concatenate([first, states.mean(axis=0)])))
    relevance = float(apply(heads.relevance, hidden)[0])
    begins, ends = apply(heads.span, states[: len(cut.ids)]).T
    scores = [
        find_best(begins[start:end], ends[start:end]) for start, end in zip([0, *cut.ends[:-1]], cut.ends, strict=False)
    ]
    return Reading(relevance, cut.sentences, scores)


def find_best(begins: Array, ends: Array) -> float:
    """Return the best sum of a beginning and an end that is not before it, and not too far behind it."""
    windows = np.lib.stride_tricks.sliding_window_view(
        np.concatenate([ends, np.full(LONGEST_ANSWER - 1, -np.inf, np.float32)]), LONGEST_ANSWER
    )
    return float((begins + windows.max(axis=1)).max())


def apply(weights: Weights, values: Array) -> Array:
    return np.asarray(values @ weights[0].T + weights[1], np.float32)
