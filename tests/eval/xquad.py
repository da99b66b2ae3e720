"""XQuAD-format files as texts with questions whose answers' places are known."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PARAGRAPH_JOINT = "\n\n"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with where its answer stands: the paragraph, start and end in its letters without white space."""

    question: str
    paragraph: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Reading:
    """All paragraphs of one file, in its order, and all its questions."""

    language: str
    paragraphs: tuple[str, ...]
    asked: tuple[Asked, ...]

    def join(self, kept: Sequence[int]) -> str:
        """One text of the paragraphs kept."""
        return PARAGRAPH_JOINT.join(self.paragraphs[number] for number in kept)


def read_xquad(path: Path) -> Reading:
    """The file's name is the language; an answer that does not stand where the file says is an error."""
    paragraphs: list[str] = []
    asked: list[Asked] = []
    for article in json.loads(path.read_text(encoding="utf-8"))["data"]:
        for paragraph in article["paragraphs"]:
            context = paragraph["context"]
            for question in paragraph["qas"]:
                answer = question["answers"][0]
                start, end = answer["answer_start"], answer["answer_start"] + len(answer["text"])
                if context[start:end] != answer["text"]:
                    raise ValueError(f"{path.name}: question {question['id']} does not have its answer in its place")
                places = count_letters(context[:start]), count_letters(context[:end])
                asked.append(Asked(question["question"], len(paragraphs), *places))
            paragraphs.append(context)
    return Reading(path.stem, tuple(paragraphs), tuple(asked))


def count_letters(text: str) -> int:
    """Characters that are no white space: the one measure that cutting leaves as it is."""
    return sum(not sign.isspace() for sign in text)


def list_starts(reading: Reading, kept: Sequence[int]) -> dict[int, int]:
    """For each paragraph kept where it begins in the joined text, in letters without white space."""
    starts, total = dict[int, int](), 0
    for number in kept:
        starts[number] = total
        total += count_letters(reading.paragraphs[number])
    return starts
