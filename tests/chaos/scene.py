"""A running Socrate for a scenario, its people, and the documents that they sent."""

from __future__ import annotations

import random
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import OperationalError

from tests.chaos.outcome import Plan
from tests.chaos.processes import Living, list_below, list_living, send
from tests.driver import Person, Sandbox
from tests.stack import TOKEN, Stack, wait_until

WORDS = "harbour lantern orchard copper meadow sparrow granite willow ember tide violet anchor marble thistle".split()
# Generous, because the machine may be busy: they only end a scenario that hangs.
END_SECONDS = 420.0
QUERY_TIMEOUT_SECONDS = 20


# Documents in work, and messages that are owed.
UNFINISHED = (
    "SELECT (SELECT count(*) FROM documents WHERE state IN ('queued', 'working')) + "
    "(SELECT count(*) FROM outbox WHERE state = 'waiting')"
)
NO_LIMITS = {"QUESTIONS_PER_MINUTE": "0", "UPLOADS_PER_HOUR": "0"}


@dataclass(frozen=True)
class Sent:
    """A document that was sent; ``secret`` is in no other document."""

    person: Person
    name: str
    secret: str


@dataclass
class Scene:
    """What scenarios do with a stack, and what they read from its database without the product's code."""

    stack: Stack
    sandbox: Sandbox
    engine: Engine
    dice: random.Random
    sent: list[Sent] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)

    def meet(self, count: int) -> list[Person]:
        fresh = [self.sandbox.person(f"Person {len(self.people) + number}") for number in range(count)]
        self.people += fresh
        return fresh

    def send(self, person: Person, *, paragraphs: int = 2) -> Sent:
        """Send a text from this person that differs from all others; each paragraph is about one passage."""
        number = len(self.sent)
        secret = f"secret{self.dice.getrandbits(40):010x}"
        body = "\n\n".join(self.write_paragraph(number, index) for index in range(paragraphs))
        sent = Sent(person, f"d{number:05}.txt", secret)
        person.send_file(f"The password of vault {number} is {secret}.\n\n{body}".encode(), sent.name)
        self.sent.append(sent)
        return sent

    def write_paragraph(self, number: int, index: int) -> str:
        words = " ".join(self.dice.choice(WORDS) for _ in range(60))
        return f"Paragraph {index} of text {number} lists {words}."

    def query(self, statement: str, **values: Any) -> list[tuple[Any, ...]]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(statement), values)]

    def count_unfinished(self) -> int:
        """The number of documents without a delivered result; 1 if the database does not answer."""
        try:
            return int(self.query(UNFINISHED)[0][0])
        except OperationalError:
            return 1

    def count_unfetched(self) -> int:
        """The number of updates that the sandbox still holds."""
        answer = self.sandbox.http.get(f"/bot{TOKEN}/getWebhookInfo")
        return int(answer.json()["result"]["pending_update_count"]) if answer.is_success else 1

    def count_unhandled(self) -> int:
        try:
            return int(self.query("SELECT count(*) FROM updates WHERE state = 'waiting'")[0][0])
        except OperationalError:
            return 1

    def wait_taken_in(self, seconds: float = END_SECONDS) -> None:
        """Wait until every update is handled, so that every document sent has a row or was refused."""
        wait_until(
            lambda: self.count_unfetched() == 0 and self.count_unhandled() == 0,
            "every update handled",
            self.stack.read_logs,
            seconds,
        )

    def wait_ended(self, seconds: float = END_SECONDS) -> None:
        """Wait until every document has its result delivered."""
        self.wait_taken_in(seconds)
        wait_until(lambda: self.count_unfinished() == 0, "the end of all work", self.stack.read_logs, seconds)

    def list_workers(self) -> list[Living]:
        """The processes that work on documents."""
        started = {process.process.pid for process in self.stack.processes if process.process is not None}
        below = {one.pid: one for pid in started for one in list_below(pid)}
        own = {one.pid: one for one in list_living() if one.pid in started}
        return [one for one in (below | own).values() if one.is_documents_worker]

    def wait_for_workers(self, count: int = 1) -> None:
        wait_until(lambda: len(self.list_workers()) >= count, "workers", self.stack.read_logs)
        wait_until(
            lambda: self.query("SELECT count(*) FROM workers WHERE queue = 'documents'")[0][0] >= count,
            "workers' first heartbeat",
            self.stack.read_logs,
        )

    def kill_bot(self) -> None:
        self.stack.get("main").stop(signal.SIGKILL)

    def start_bot(self) -> None:
        """Start the bot again after it was stopped or killed."""
        self.stack.processes.remove(self.stack.get("main"))
        self.stack.run("main", ["main.py"])

    def warm_up(self) -> None:
        """Process one document, so that models are loaded and caches filled."""
        person = self.meet(1)[0]
        self.send(person)
        self.wait_ended()


@contextmanager
def open_scene(
    plan: Plan, name: str, settings: dict[str, str] | None = None, *, worker: bool = False, more_workers: int = 0
) -> Iterator[Scene]:
    """A bot with its worker, and ``more_workers`` for documents; everything is stopped at the end of the context.

    With a REDIS_URL in the settings the bot starts no worker: ``worker`` then starts a separate one.
    """
    folder = plan.folder / name
    folder.mkdir(parents=True, exist_ok=True)
    stack = Stack(folder, NO_LIMITS | (settings or {}))
    url = stack.settings.get("DATABASE_URL") or f"sqlite:///{stack.data / 'socrate.db'}"
    arguments = {"timeout": QUERY_TIMEOUT_SECONDS} if url.startswith("sqlite") else {}
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg2:"), connect_args=arguments)
    sandbox = None
    try:
        stack.start(workers=worker)
        for number in range(more_workers):
            stack.run(f"worker{number}", ["worker.py", "--queue", "documents"])
        sandbox = Sandbox(stack.sandbox_url)
        scene = Scene(stack, sandbox, engine, plan.dice)
        scene.wait_for_workers()
        yield scene
    finally:
        if sandbox is not None:
            sandbox.close()
        engine.dispose()
        stop_all(stack)


def stop_all(stack: Stack) -> None:
    """Stop the stack, and kill processes that a scenario has left frozen."""
    left = [one.pid for process in stack.processes if process.process for one in list_below(process.process.pid)]
    try:
        stack.stop()
    finally:
        for pid in left:
            send(pid, signal.SIGKILL)
