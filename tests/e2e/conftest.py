"""Two running Socrates for the stories: one as ``make run`` starts it, one with a separate queue and a model."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import pytest

from tests.driver import Person, Sandbox
from tests.servers.openai_server import OpenAIServer
from tests.servers.queue_server import QueueServer
from tests.stack import Stack

MODEL_KEY = "sk-a-key-that-no-log-may-hold"
Meet = Callable[..., Person]
# Each person is used in one story only.
IDS = itertools.count(5001)


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """As on one machine: SQLite, a folder, the embedded queue, workers as child processes."""
    yield from run_stack(Stack(tmp_path_factory.mktemp("stack")))


@pytest.fixture(scope="session")
def sandbox(stack: Stack) -> Iterator[Sandbox]:
    opened = Sandbox(stack.sandbox_url)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def meet(sandbox: Sandbox) -> Meet:
    """Make a new person: ``meet("Alice")``, ``meet("Bruno", "it")``."""
    return lambda name, language="en": sandbox.person(name, language, next(IDS))


@pytest.fixture(scope="session")
def queue_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[QueueServer]:
    server = QueueServer(tmp_path_factory.mktemp("queue"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def model_server() -> Iterator[OpenAIServer]:
    with OpenAIServer() as server:
        yield server


@pytest.fixture(scope="session")
def far_stack(
    tmp_path_factory: pytest.TempPathFactory, queue_server: QueueServer, model_server: OpenAIServer
) -> Iterator[Stack]:
    """As on many machines: a queue server, separate workers, a language model; one document at a time, DEBUG logs."""
    settings = {
        "REDIS_URL": queue_server.url,
        "OPENAI_API_KEY": MODEL_KEY,
        "OPENAI_BASE_URL": model_server.url,
        "OPENAI_MODEL": "test-model",
        "DOCUMENTS_AT_ONCE": "1",
        "LOG_LEVEL": "DEBUG",
    }
    yield from run_stack(Stack(tmp_path_factory.mktemp("far"), settings), workers=True)


@pytest.fixture(scope="session")
def meet_far(far_stack: Stack) -> Iterator[Meet]:
    opened = Sandbox(far_stack.sandbox_url)
    yield lambda name, language="en": opened.person(name, language, next(IDS))
    opened.close()


def run_stack(stack: Stack, *, workers: bool = False) -> Iterator[Stack]:
    try:
        stack.start(workers=workers)
        yield stack
    finally:
        stack.stop()
