"""No log holds what people send, ask and read, nor a secret of the operator, not even at DEBUG.

This file runs after the stories on the same stacks, by its name, and checks their chats too.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.documents import make_pdf
from tests.driver import Sandbox, read
from tests.e2e.conftest import MODEL_KEY, Meet
from tests.e2e.words import ANSWER_SECONDS, READY_SECONDS
from tests.stack import TOKEN, Stack

NAME = "Zephyrine's last will.pdf"
TEXT = "The emeralds of Zephyrine are sewn into the grey curtain."
QUESTION = "Where are Zephyrine's emeralds?"
WORDS = ("Zephyrine", "emerald", "curtain", "Querida")
# Shorter texts may be in a log by chance, as "list" or "document" are.
SHORTEST = 12


@pytest.fixture(params=["stack", "far_stack"])
def socrate(request: pytest.FixtureRequest) -> tuple[Stack, Meet]:
    """Each of the two Socrates, with its people; the second one logs at DEBUG."""
    return request.getfixturevalue(request.param), request.getfixturevalue(
        {"stack": "meet", "far_stack": "meet_far"}[request.param]
    )


def test_no_log_holds_private_text_or_secrets(socrate: tuple[Stack, Meet]) -> None:
    stack, meet = socrate
    querida = meet("Querida")
    querida.send_file(make_pdf([TEXT]), NAME)
    querida.wait_for(f"{NAME} is ready", READY_SECONDS)
    asked = querida.say(QUESTION)
    querida.wait_for(lambda message: "Looking in" not in read(message), ANSWER_SECONDS, after=asked)
    querida.send_file(make_pdf([TEXT], password="Zephyrine"), f"locked {NAME}")
    querida.wait_for("locked with a password", READY_SECONDS, after=asked)
    logs = {path: path.read_text(errors="replace") for path in stack.folder.rglob("*.log")}
    assert any("job_ended" in text for text in logs.values()), list(logs)
    private = {TOKEN, TOKEN.partition(":")[2], MODEL_KEY, *WORDS, *list_said(Sandbox(stack.sandbox_url))}
    for path, text in logs.items():
        assert not sorted(word for word in private if word in text), path.name


def list_said(sandbox: Sandbox) -> Iterator[str]:
    """The file names and questions of all people so far."""
    for person in sandbox.get("people"):
        for message in sandbox.get(f"people/{person['id']}/messages"):
            said = (read(message), message.get("document", {}).get("file_name", "")) if message["out"] else ()
            yield from (text for text in said if len(text) >= SHORTEST and not text.startswith("/"))
