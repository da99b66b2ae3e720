"""With a language model, the answer is written from the passages, streamed by edits, and names its pages."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from tests.documents import make_pdf
from tests.driver import Person, read
from tests.e2e.conftest import MODEL_KEY, Meet
from tests.e2e.words import ANSWER_SECONDS, READY_SECONDS
from tests.servers.openai_server import OpenAIServer, say_nothing_known

PAGES = ["The mill was built by monks.", "Its owner Ottokar sold it in 1871.", "Today it holds a museum of clocks."]
QUESTION = "When did Ottokar sell the mill?"


@pytest.fixture(scope="module")
def alice(meet_far: Meet) -> Person:
    alice = meet_far("Alice")
    alice.send_file(make_pdf(PAGES), "mill.pdf")
    alice.wait_for("mill.pdf is ready", READY_SECONDS)
    return alice


@pytest.fixture
def model(model_server: OpenAIServer) -> Iterator[OpenAIServer]:
    yield model_server
    model_server.write, model_server.refusal, model_server.hold = say_nothing_known, None, None
    model_server.cut_after = None


def test_the_answer_is_streamed_and_names_its_page(alice: Person, model: OpenAIServer) -> None:
    model.write = lambda _request: [
        "Ottokar sold ",
        "the mill in 1871",
        " [1].\n[1] «Its owner Ottokar sold it in 1871.»",
    ]
    model.hold = threading.Event()
    asked = alice.say(QUESTION)
    alice.wait_for("Ottokar sold", ANSWER_SECONDS, after=asked)
    model.hold.set()
    answer = alice.wait_for(lambda message: "1871" in read(message) and "p. 2" in read(message), ANSWER_SECONDS, asked)
    edits = [
        event for event in alice.transcript() if event.get("message", {}).get("message_id") == answer["message_id"]
    ]
    assert len(edits) >= 3, alice.describe()
    assert f"Bearer {MODEL_KEY}" in model.keys


def test_the_model_gets_the_passages_and_the_question(alice: Person, model: OpenAIServer) -> None:
    asked = alice.say("What does the museum hold?")
    alice.wait_for("do not say", ANSWER_SECONDS, after=asked)
    prompt = str(model.requests[-1]["messages"])
    assert "museum of clocks" in prompt and "What does the museum hold?" in prompt and MODEL_KEY not in prompt


@pytest.mark.parametrize("status", [500, 429, 401])
def test_passages_are_shown_where_the_model_refuses(alice: Person, model: OpenAIServer, status: int) -> None:
    model.refusal = status
    asked = alice.say(QUESTION)
    answer = alice.wait_for("The language model did not answer", ANSWER_SECONDS, after=asked)
    assert "p. 2" in read(answer) and "Ottokar sold it in 1871" in read(answer)


def test_passages_are_shown_where_the_stream_breaks_off(alice: Person, model: OpenAIServer) -> None:
    model.write = lambda _request: ["Ottokar ", "sold ", "it."]
    model.cut_after = 1
    asked = alice.say(QUESTION)
    answer = alice.wait_for("The language model did not answer", ANSWER_SECONDS, after=asked)
    assert "p. 2" in read(answer)
