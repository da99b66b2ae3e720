"""Reads files in the XQuAD format: texts, and questions with the spans of their answers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PARAGRAPH_JOINT = "\n\n"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with the paragraph that answers it, and the answer's span in that paragraph.

    The span is counted in characters that are not white space.
    """

    question: str
    paragraph: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Reading:
    """All paragraphs of one file, in order, and all its questions."""

    language: str
    paragraphs: tuple[str, ...]
    asked: tuple[Asked, ...]

    def join(self, kept: Sequence[int]) -> str:
        """The paragraphs with these numbers as one text."""
        return PARAGRAPH_JOINT.join(self.paragraphs[number] for number in kept)


def read_xquad(path: Path) -> Reading:
    """Read a file whose name is the language. Raises ``ValueError`` for an answer that is not where the file says."""
    paragraphs: list[str] = []
    asked: list[Asked] = []
    for article in json.loads(path.read_text(encoding="utf-8"))["data"]:
        for paragraph in article["paragraphs"]:
            context = paragraph["context"]
            for question in paragraph["qas"]:
                answer = question["answers"][0]
                start, end = answer["answer_start"], answer["answer_start"] + len(answer["text"])
                if context[start:end] != answer["text"]:
                    raise ValueError(f"{path.name}: question {question['id']} has no answer where it should be")
                span = count_letters(context[:start]), count_letters(context[:end])
                asked.append(Asked(question["question"], len(paragraphs), *span))
            paragraphs.append(context)
    return Reading(path.stem, tuple(paragraphs), tuple(asked))


def count_letters(text: str) -> int:
    """The number of characters that are not white space; cutting a text into passages does not change it."""
    return sum(not character.isspace() for character in text)


def list_starts(reading: Reading, kept: Sequence[int]) -> dict[int, int]:
    """By the number of each paragraph kept, where it begins in the joined text, without white space."""
    starts, total = dict[int, int](), 0
    for number in kept:
        starts[number] = total
        total += count_letters(reading.paragraphs[number])
    return starts
