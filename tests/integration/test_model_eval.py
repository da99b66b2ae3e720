"""What the evaluation says of a model that behaves, and of ones that don't."""

from __future__ import annotations

import pytest

from processing.llm.client import open_model
from processing.ports import LanguageModel
from settings import load_settings
from tests.eval.__main__ import render_ends
from tests.eval.model import GIVEN, Outcome, ask_model, choose_trials
from tests.eval.refusals import try_refusals
from tests.eval.xquad import Asked, Reading
from tests.integration.bench import NoEmbedder
from tests.openai_server import OpenAIServer, Request

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


def behave(request: Request) -> list[str]:
    prompt = str(request["messages"][1]["content"])
    town = prompt[prompt.rindex("lighthouse of ") + len("lighthouse of ") :].partition("?")[0]
    for number, passage in enumerate(prompt.split("</passage>"), 1):
        if f"lighthouse of {town} was" in passage:
            return [f'Monks [{number}].\nQUOTES\n[{number}] "monks of {town} Abbey"']
    return ["NO ANSWER"]


@pytest.fixture
def model(server: OpenAIServer, monkeypatch: pytest.MonkeyPatch) -> LanguageModel:
    server.write = behave
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    model = open_model(load_settings(None))
    assert model is not None
    return model


def measure(model: LanguageModel) -> Outcome:
    return ask_model(model, choose_trials(try_refusals(READING, NoEmbedder(), GIVEN), 8))


def test_a_model_that_behaves_refuses_rightly_and_never_wrongly(model: LanguageModel) -> None:
    outcome = measure(model)
    assert outcome.standing == ["grounded"] * 4 and outcome.taken == ["refused"] * 4
    said = render_ends(outcome.summarise())
    assert said.startswith(
        "refused 100.0% rightly, 0.0% wrongly; without a verified citation 0.0% of the answerable; 0 "
    )
    assert outcome.tokens_in > 100 and 0 < outcome.tokens_out < outcome.tokens_in


def test_a_model_that_invents_is_found_out(model: LanguageModel, server: OpenAIServer) -> None:
    server.write = lambda _: ['Nuns [1].\nQUOTES\n[1] "built by the nuns"']
    row = measure(model).summarise()
    assert (row["refused taken out"], row["ungrounded taken out"], row["ungrounded standing"]) == (0, 1, 1)


def test_failures_count_against_nobody(model: LanguageModel, server: OpenAIServer) -> None:
    server.refusal = 401
    row = measure(model).summarise()
    assert row["failed"] == 8 and row["refused standing"] == row["tokens in"] == 0
