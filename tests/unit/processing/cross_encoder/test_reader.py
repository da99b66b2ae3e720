"""The reader finds the passage that answers, in any language, and the sentence in which the answer stands."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from errors import SettingsInvalid
from processing.cross_encoder import E5CrossEncoder
from processing.cross_encoder.reader import FEWEST, MOST, find_best
from processing.types import Reading

LIGHTHOUSE = (
    "The lighthouse on the north pier was built of granite in 1862. Its keeper, Anna Berg, lit it every evening for "
    "forty years. It has been a museum since 1998."
)
OTHERS = (
    "The pump must be cleaned after each use. Never put it into the dishwasher. Dry it with a soft cloth.",
    "The bus leaves at nine from the market square. Tickets are sold by the driver. Dogs travel free.",
    "Office hours are Monday to Friday from eight to five. Visitors ring twice. The lift is out of order.",
)
QUESTIONS = ("Who was the keeper of the lighthouse?", "Chi era il guardiano del faro?", "Кто был смотрителем маяка?")


@pytest.fixture(scope="module")
def reader() -> E5CrossEncoder:
    reader = E5CrossEncoder()
    reader.warm_up()
    return reader


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_passage_that_answers_is_the_most_relevant(reader: E5CrossEncoder, question: str) -> None:
    readings = reader.read(question, [*OTHERS, LIGHTHOUSE])
    assert int(np.argmax([reading.relevance for reading in readings])) == len(OTHERS)
    start, end = readings[-1].sentence
    assert "Anna Berg" in LIGHTHOUSE[start:end]


def test_readings_are_in_the_order_of_the_texts_and_independent_of_each_other(reader: E5CrossEncoder) -> None:
    together = reader.read(QUESTIONS[0], [LIGHTHOUSE, *OTHERS])
    alone = [reader.read(QUESTIONS[0], [text])[0] for text in (LIGHTHOUSE, *OTHERS)]
    np.testing.assert_allclose(
        [reading.relevance for reading in together], [reading.relevance for reading in alone], atol=0.05
    )
    assert [reading.sentence for reading in together] == [reading.sentence for reading in alone]


@pytest.mark.parametrize("text", ["", " \n ", "\0", "word " * 2000, "ก" * 3000, "。" * 50, "x" * 5000])
def test_every_text_can_be_read(reader: E5CrossEncoder, text: str) -> None:
    [reading] = reader.read(text or "?", [text])
    assert np.isfinite(reading.relevance)
    start, end = reading.sentence
    assert 0 <= start <= end <= len(text)


def test_no_texts_are_no_readings(reader: E5CrossEncoder) -> None:
    assert reader.read("Who?", []) == []


def test_fewer_passages_are_read_while_other_questions_wait(
    reader: E5CrossEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, under_way = threading.Event(), threading.Semaphore(0)

    def wait(_asked: object, cuts: list[object]) -> list[Reading]:
        under_way.release()
        held.wait(60)
        return [Reading(0.0)] * len(cuts)

    monkeypatch.setattr(reader, "_read", wait)
    with ThreadPoolExecutor(9) as pool:
        first = pool.submit(reader.read, "Who?", ["text"] * 20)
        under_way.acquire(timeout=60)
        others = [pool.submit(reader.read, "Who?", ["text"] * 20) for _ in range(8)]
        while reader._asked < 9:
            threading.Event().wait(0.001)
        held.set()
        assert len(first.result()) == MOST
        assert min(len(other.result()) for other in others) == FEWEST
    assert reader._asked == 0


def test_an_answer_ends_after_it_begins_and_not_too_far_behind() -> None:
    nothing = np.full(100, -9.0, np.float32)
    begins, ends = nothing.copy(), nothing.copy()
    begins[50], ends[60] = 1.0, 2.0
    assert find_best(begins, ends) == 3.0
    assert find_best(ends, begins) < 0
    far = nothing.copy()
    far[99] = 2.0
    assert find_best(begins, far) < 0


def test_weights_that_were_changed_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("processing.cross_encoder.weights.SHA256", "0" * 64)
    with pytest.raises(SettingsInvalid):
        E5CrossEncoder().warm_up()
