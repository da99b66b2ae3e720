"""The evaluation of language models tells a reliable one from others."""

from __future__ import annotations

import pytest

from processing.llm.client import open_model
from processing.ports import LanguageModel
from settings import load_settings
from tests.eval.__main__ import render_outcome
from tests.eval.model import GIVEN, Outcome, ask_model, choose_trials
from tests.eval.product import Product
from tests.eval.refusals import try_refusals
from tests.eval.xquad import Asked, Reading
from tests.integration.bench import NoEmbedder
from tests.servers.openai_server import OpenAIServer, Request

TOWNS = [
    f"{first}{last}" for first in ("Bal", "Cor", "Dam", "Fen", "Gol") for last in ("adora", "ebury", "igrad", "omere")
]
READING = Reading(
    "en",
    tuple(
        f"The lighthouse of {town} was built by the monks of {town} Abbey, " + "as they say. " * 50 for town in TOWNS
    ),
    tuple(Asked(f"Who built the lighthouse of {town}?", number, 0, 5) for number, town in enumerate(TOWNS)),
)


def answer_from_passages(request: Request) -> list[str]:
    prompt = str(request["messages"][1]["content"])
    town = prompt[prompt.rindex("lighthouse of ") + len("lighthouse of ") :].partition("?")[0]
    for number, passage in enumerate(prompt.split("</passage>"), 1):
        if f"lighthouse of {town} was" in passage:
            return [f'Monks [{number}].\nQUOTES\n[{number}] "monks of {town} Abbey"']
    return ["NO ANSWER"]


@pytest.fixture
def model(server: OpenAIServer, monkeypatch: pytest.MonkeyPatch) -> LanguageModel:
    server.write = answer_from_passages
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    model = open_model(load_settings(None))
    assert model is not None
    return model


def measure(model: LanguageModel) -> Outcome:
    return ask_model(model, choose_trials(try_refusals(READING, Product(NoEmbedder(), by_words=True), GIVEN), 8))


def test_reliable_model_refuses_only_what_the_text_does_not_answer(model: LanguageModel) -> None:
    outcome = measure(model)
    assert outcome.kept == ["grounded"] * 4 and outcome.removed == ["refused"] * 4
    rendered = render_outcome(outcome.summarise())
    assert rendered.startswith(
        "refused 100.0% rightly, 0.0% wrongly; without a verified citation 0.0% of the answerable; 0 "
    )
    assert outcome.tokens_in > 100 and 0 < outcome.tokens_out < outcome.tokens_in


def test_invented_quotes_count_as_ungrounded(model: LanguageModel, server: OpenAIServer) -> None:
    server.write = lambda _: ['Nuns [1].\nQUOTES\n[1] "built by the nuns"']
    row = measure(model).summarise()
    assert (row["refused removed"], row["ungrounded removed"], row["ungrounded kept"]) == (0, 1, 1)


def test_failures_count_neither_as_refusals_nor_as_answers(model: LanguageModel, server: OpenAIServer) -> None:
    server.refusal = 401
    row = measure(model).summarise()
    assert row["failed"] == 8 and row["refused kept"] == row["tokens in"] == 0
