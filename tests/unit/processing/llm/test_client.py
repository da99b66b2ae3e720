"""The client returns the answer or raises in bounded time, whatever the server does."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from errors import ModelUnavailable, PromptTooLong
from processing.llm.bounded import MOST_BYTES
from processing.llm.client import OpenAIModel, open_model, read_chunk
from processing.types import Usage
from settings import load_settings
from tests.servers.openai_server import Fault, OpenAIServer, make_event

HELLO = make_event({"content": "Hello"})
END = make_event({}, "stop") + b"data: [DONE]\n\n"


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer(write=lambda _: ["Seals ", "eat ", "fish."]) as server:
        yield server


def open_at(url: str, monkeypatch: pytest.MonkeyPatch, silent_seconds: float = 20) -> OpenAIModel:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    monkeypatch.setenv("OPENAI_BASE_URL", url)
    model = open_model(load_settings(None), silent_seconds)
    assert model is not None
    return model


@pytest.fixture
def model(server: OpenAIServer, monkeypatch: pytest.MonkeyPatch) -> OpenAIModel:
    return open_at(server.url, monkeypatch)


def read(model: OpenAIModel, usage: Usage | None = None) -> str:
    return "".join(model.stream("Answer.", "What do seals eat?", usage or Usage()))


def test_pieces_are_yielded_as_the_server_sends_them(model: OpenAIModel, server: OpenAIServer) -> None:
    pieces = model.stream("Answer.", "What do seals eat?", Usage())
    assert [piece for piece in pieces if piece] == ["Seals ", "eat ", "fish."]
    [request] = server.requests
    assert [message["content"] for message in request["messages"]] == ["Answer.", "What do seals eat?"]


PASSING = {
    "429 with a wait": Fault(429, {"Retry-After": "0.1"}),
    "429 without a wait": Fault(429),
    "429 with a date to wait for": Fault(429, {"Retry-After": "Wed, 21 Oct 2099 07:28:00 GMT"}),
    "500": Fault(500),
    "503": Fault(503),
}


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
def test_request_is_repeated_after_a_passing_failure(model: OpenAIModel, server: OpenAIServer, fault: Fault) -> None:
    server.faults = [fault]
    assert read(model) == "Seals eat fish."
    assert len(server.requests) == 2


LASTING = {
    "429 for ever": ([Fault(429)] * 9, 3),
    "500 for ever": ([Fault(500)] * 9, 3),
    "429 with a wait of hours": ([Fault(429, {"Retry-After": "7200"})], 1),
    "429 because the quota is used up": ([Fault(429, code="insufficient_quota")], 1),
    "401": ([Fault(401)], 1),
    "404": ([Fault(404)], 1),
    "empty": ([Fault(body=b"")], 1),
    "a page of HTML": ([Fault(body=b"<html><body>Welcome to nginx!</body></html>")], 1),
    "broken JSON": ([Fault(body=b'data: {"choices": [\n\n')], 1),
    "JSON of another kind": ([Fault(body=b'data: [1, 2]\n\ndata: "x"\n\n')], 1),
    "an error in the stream": ([Fault(body=HELLO + b'data: {"error": {"message": "overloaded"}}\n\n')], 1),
    "connection closed properly too early": ([Fault(body=HELLO)], 1),
    "a line without an end": ([Fault(body=b"data: " + bytes(MOST_BYTES))] * 9, 3),
    "closed too early, but marked done": ([Fault(body=HELLO + b"data: [DONE]\n\n")], 1),
}


@pytest.mark.parametrize(("faults", "requests"), LASTING.values(), ids=LASTING)
def test_lasting_failure_raises_model_unavailable(
    model: OpenAIModel, server: OpenAIServer, faults: list[Fault], requests: int
) -> None:
    server.faults = list(faults)
    with pytest.raises(ModelUnavailable):
        read(model)
    assert len(server.requests) == requests


def test_answer_without_words_is_empty(model: OpenAIModel, server: OpenAIServer) -> None:
    server.faults = [Fault(body=END)]
    assert read(model) == ""


def test_answer_that_breaks_off_is_not_requested_again(model: OpenAIModel, server: OpenAIServer) -> None:
    server.cut_after = 2
    got = []
    with pytest.raises(ModelUnavailable):
        for piece in filter(None, model.stream("Answer.", "?", Usage())):
            got.append(piece)
    assert got == ["Seals ", "eat "]
    assert len(server.requests) == 1


def test_closed_port_raises_model_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(ModelUnavailable):
        read(open_at(f"http://127.0.0.1:{port}/v1", monkeypatch))


def test_silent_server_raises_model_unavailable(server: OpenAIServer, monkeypatch: pytest.MonkeyPatch) -> None:
    server.faults = [Fault(silent=True)]
    with pytest.raises(ModelUnavailable):
        read(open_at(server.url, monkeypatch, silent_seconds=0.3))
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "fault",
    [
        Fault(400, message="This model's maximum context length is 4096 tokens.", code="context_length_exceeded"),
        Fault(400, message="the request exceeds the available context size, too many tokens"),
        Fault(413),
    ],
)
def test_prompt_that_is_too_long_raises_prompt_too_long(model: OpenAIModel, server: OpenAIServer, fault: Fault) -> None:
    server.faults = [fault, Fault(400, message="no such parameter")]
    with pytest.raises(PromptTooLong):
        read(model)
    with pytest.raises(ModelUnavailable) as caught:
        read(model)
    assert not isinstance(caught.value, PromptTooLong)


def test_usage_is_the_servers_count_or_an_estimate(model: OpenAIModel, server: OpenAIServer) -> None:
    usage = Usage()
    read(model, usage)
    assert 3 <= usage.tokens_in <= 12 and 3 <= usage.tokens_out <= 6
    counted = {"prompt_tokens": 123, "completion_tokens": 45, "total_tokens": 168}
    server.faults = [Fault(body=HELLO + make_event({}, "stop", usage=counted) + b"data: [DONE]\n\n")]
    read(model, usage)
    assert (usage.tokens_in, usage.tokens_out) == (123, 45)


def test_reader_can_stop_while_the_server_is_silent(model: OpenAIModel, server: OpenAIServer) -> None:
    server.faults = [Fault(silent=True)]
    pieces = model.stream("Answer.", "?", Usage())
    assert [next(pieces) for _ in range(3)] == [""] * 3
    pieces.close()
    assert read(model) == "Seals eat fish."


def make_chunk(content: object, tokens: object = 1) -> SimpleNamespace:
    choice = SimpleNamespace(delta=SimpleNamespace(content=content), finish_reason=None)
    return SimpleNamespace(choices=[choice], usage=SimpleNamespace(prompt_tokens=tokens, completion_tokens=tokens))


def test_a_count_of_tokens_that_cannot_be_is_ignored() -> None:
    usage = Usage()
    read_chunk(make_chunk("x", 2**70), usage)
    assert (usage.tokens_in, usage.tokens_out) == (0, 0)


@pytest.mark.parametrize(
    "chunk",
    [
        make_chunk(["a"]),
        make_chunk({"a": 1}),
        make_chunk(5),
        make_chunk("x", "many"),
        make_chunk("x", [1]),
        SimpleNamespace(choices=[SimpleNamespace()]),
        SimpleNamespace(),
        None,
    ],
)
def test_a_chunk_of_another_shape_raises_model_unavailable(chunk: object) -> None:
    with pytest.raises(ModelUnavailable):
        read_chunk(chunk, Usage())
