"""The embedder gets vectors from an OpenAI-compatible server over real HTTP, and refuses bad responses."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from errors import EmbeddingsUnavailable, SettingsInvalid
from processing.archive import build_archive, read_vectors
from processing.llm import embeddings as llm
from processing.llm.embeddings import OpenAIEmbedder, open_embedder
from settings import Settings, load_settings
from tests.unit.processing.archive.samples import HashEmbedder, ignore_progress, make_passages

Answer = Callable[[dict[str, Any]], tuple[int, Any]]


def embed(request: dict[str, Any]) -> tuple[int, Any]:
    """A vector for each text, its length first; in another order than the texts."""
    rows = [
        {"object": "embedding", "index": index, "embedding": [float(len(text)), 3.0, 4.0]}
        for index, text in enumerate(request["input"])
    ]
    return 200, {"object": "list", "data": rows[::-1], "model": request["model"], "usage": {}}


class Server(ThreadingHTTPServer):
    """Answers a request with the next function of ``script``, then with ``embed``."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.script: list[Answer] = []
        self.asked: list[tuple[str, str, dict[str, Any]]] = []


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.path, self.headers["Authorization"], request))
        status, body = (self.server.script.pop(0) if self.server.script else embed)(request)
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Keep the server from printing."""


@pytest.fixture
def server() -> Iterator[Server]:
    opened = Server()
    thread = threading.Thread(target=opened.serve_forever)
    thread.start()
    yield opened
    opened.shutdown()
    thread.join()
    opened.server_close()


@pytest.fixture
def embedder(server: Server) -> OpenAIEmbedder:
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]
        openai_api_key="some-key",  # type: ignore[arg-type]
        openai_base_url=f"http://127.0.0.1:{server.server_port}/v1",
        embedding_model="openai:little",
    )
    return open_embedder(settings, HashEmbedder())


def refuse(status: int) -> Answer:
    return lambda _request: (status, {"error": {"message": "not now"}})


def test_vectors_have_the_order_of_the_texts_and_norm_one(server: Server, embedder: OpenAIEmbedder) -> None:
    vectors = embedder.embed(["a", "four", "seventeen letters"])
    wanted = np.array([[1, 3, 4], [4, 3, 4], [17, 3, 4]], np.float32)
    np.testing.assert_allclose(vectors, wanted / np.linalg.norm(wanted, axis=1, keepdims=True), atol=1e-6)
    assert vectors.dtype == np.float32
    assert (embedder.dimension, embedder.model) == (3, "openai:little")
    path, key, request = server.asked[0]
    assert (path, key, request["model"]) == ("/v1/embeddings", "Bearer some-key", "little")
    assert embedder.embed([]).shape == (0, 3)


def test_many_texts_are_sent_in_several_requests(server: Server, embedder: OpenAIEmbedder) -> None:
    texts = ["x" * length for length in range(1, 71)]
    assert embedder.embed(texts).shape == (70, 3)
    assert [len(request["input"]) for _, _, request in server.asked if len(request["input"]) > 1] == [32, 32, 6]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_request_is_repeated_after_a_passing_failure(server: Server, embedder: OpenAIEmbedder, status: int) -> None:
    server.script = [refuse(status)]
    assert embedder.embed(["a"]).shape == (1, 3)


@pytest.mark.parametrize("status", [401, 404, 503])
def test_retries_end_at_a_server_that_keeps_refusing(
    server: Server, embedder: OpenAIEmbedder, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    server.script = [refuse(status)] * 50
    with pytest.raises(EmbeddingsUnavailable):
        embedder.embed(["a"])
    assert len(server.asked) <= 1 + llm.RETRIES


def test_an_answer_without_an_end_is_not_read_to_its_end(
    server: Server, embedder: OpenAIEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("processing.llm.bounded.MOST_BYTES", 100_000)
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    server.script = [lambda request: (200, embed(request)[1] | {"more": "x" * 200_000})] * 9
    with pytest.raises(EmbeddingsUnavailable):
        embedder.embed(["a"])


ROWS: dict[str, list[dict[str, Any]]] = {
    "none": [],
    "one_too_few": [{"index": 0, "embedding": [1.0, 2.0]}],
    "same_index_twice": [{"index": 0, "embedding": [1.0, 2.0]}] * 2,
    "different_lengths": [{"index": 0, "embedding": [1.0, 2.0]}, {"index": 1, "embedding": [1.0]}],
    "length_zero": [{"index": index, "embedding": []} for index in range(2)],
    "all_zero": [{"index": index, "embedding": [0.0, 0.0]} for index in range(2)],
    "not_numbers": [{"index": index, "embedding": ["a", "b"]} for index in range(2)],
}


@pytest.mark.parametrize("rows", ROWS.values(), ids=ROWS)
def test_malformed_vectors_make_the_embedder_unavailable(
    server: Server, embedder: OpenAIEmbedder, rows: list[dict[str, Any]]
) -> None:
    server.script = [lambda _request: (200, {"object": "list", "data": rows, "model": "little", "usage": {}})]
    with pytest.raises(EmbeddingsUnavailable):
        embedder.embed(["a", "b"])


def test_vectors_of_another_length_than_before_are_refused(server: Server, embedder: OpenAIEmbedder) -> None:
    assert embedder.dimension == 3
    server.script = [lambda _request: (200, {"data": [{"index": 0, "embedding": [1.0, 2.0]}]})]
    with pytest.raises(EmbeddingsUnavailable):
        embedder.embed(["a"])


def test_archive_holds_the_vectors_and_the_name_of_the_model(tmp_path: Path, embedder: OpenAIEmbedder) -> None:
    passages = make_passages(5)
    facts = build_archive(passages, tmp_path, name="x", embedder=embedder, on_progress=ignore_progress)
    assert facts.model == "openai:little"
    assert read_vectors(tmp_path / "archive.faiss").shape == (5, 3)


@pytest.mark.parametrize(
    ("model", "key", "problem"), [("openai:little", "", "OPENAI_API_KEY"), ("openai:", "k", "name")]
)
def test_settings_name_what_is_missing(monkeypatch: pytest.MonkeyPatch, model: str, key: str, problem: str) -> None:
    monkeypatch.setenv("EMBEDDING_MODEL", model)
    monkeypatch.setenv("OPENAI_API_KEY", key)
    with pytest.raises(SettingsInvalid, match=f"EMBEDDING_MODEL.*{problem}"):
        load_settings(None)
