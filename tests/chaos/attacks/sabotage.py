"""The audit names what is broken in the data of a real run, and finds nothing while people keep Socrate busy."""

from __future__ import annotations

import os
import random
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from unittest.mock import patch

from sqlalchemy import Engine, create_engine, text

from processing.maintenance.audit import confirm_findings, list_findings
from processing.maintenance.commands import open_services
from settings import load_settings
from storage.keys import ARCHIVE_FILES, INDEX, PASSAGES
from tests.chaos.consistency import drop_dead_letters
from tests.chaos.outcome import Outcome, Plan
from tests.chaos.recount import count_documents
from tests.chaos.scene import Scene, Sent, open_scene
from tests.documents import make_pdf
from tests.driver import Person, Sandbox, read
from tests.stack import wait_until

PEOPLE = 6
RUNS, QUICK_RUNS = 1000, 25
PAUSE_SECONDS = 0.6
# So high that nobody reaches them, but not 0, which would count nothing.
LIMITS = {"UPLOADS_PER_HOUR": "10000", "QUESTIONS_PER_MINUTE": "10000"}
FILES = ("original", PASSAGES, INDEX, *ARCHIVE_FILES)
FOREIGN = "(SELECT max(id) FROM tenants)"
FIRST = "(SELECT id FROM {} WHERE tenant_id = (SELECT min(id) FROM tenants) LIMIT 1)"
DOCUMENT, QUESTION = FIRST.format("documents"), FIRST.format("questions")
# What somebody with access to the database might do to one row of the first person.
ROW_SABOTAGES: tuple[str, ...] = (
    f"DELETE FROM documents WHERE id = {DOCUMENT}",
    f"UPDATE documents SET id = 'feedfeedfeedfeed' WHERE id = {DOCUMENT}",
    f"UPDATE documents SET tenant_id = {FOREIGN} WHERE id = {DOCUMENT}",
    f"UPDATE documents SET chat_id = -5 WHERE id = {DOCUMENT}",
    f"UPDATE documents SET state = 'odd' WHERE id = {DOCUMENT}",
    f"UPDATE documents SET state = 'working', lease_until = '2020-01-01 00:00:00' WHERE id = {DOCUMENT}",
    f"UPDATE documents SET state = 'cancelled' WHERE id = {DOCUMENT}",
    f"UPDATE documents SET attempts = 99 WHERE id = {DOCUMENT}",
    f"UPDATE documents SET archive_version = 99 WHERE id = {DOCUMENT}",
    f"UPDATE documents SET archive_version = NULL WHERE id = {DOCUMENT}",
    f"UPDATE documents SET stored_bytes = 1 WHERE id = {DOCUMENT}",
    f"UPDATE documents SET sha256 = 'other' WHERE id = {DOCUMENT}",
    f"UPDATE documents SET hashes = '{{}}' WHERE id = {DOCUMENT}",
    f"UPDATE questions SET tenant_id = {FOREIGN} WHERE id = {QUESTION}",
    f"UPDATE questions SET chat_id = -5 WHERE id = {QUESTION}",
    f"UPDATE questions SET state = 'odd' WHERE id = {QUESTION}",
    f"UPDATE questions SET answer = '{{}}' WHERE id = {QUESTION}",
    f"UPDATE questions SET state = 'working', lease_until = '2020-01-01 00:00:00' WHERE id = {QUESTION}",
    f"UPDATE citations SET tenant_id = {FOREIGN} WHERE question_id = {QUESTION}",
    f"UPDATE citations SET passage_index = 999999 WHERE question_id = {QUESTION}",
    f"UPDATE tenants SET chosen_document_id = {DOCUMENT} WHERE id = {FOREIGN}",
    "UPDATE outbox SET state = 'refused'",
    "UPDATE outbox SET state = 'waiting', due_at = '2020-01-01 00:00:00'",
    "UPDATE outbox SET chat_id = -5",
    "UPDATE updates SET state = 'dead_letter'",
    "UPDATE updates SET state = 'waiting', received_at = '2020-01-01 00:00:00'",
    "UPDATE events SET at = '2100-01-01 00:00:00'",
)


def run(plan: Plan) -> Outcome:
    outcome = Outcome("sabotage")
    with open_scene(plan, outcome.name, LIMITS) as scene:
        people = scene.meet(PEOPLE)
        with busy(scene, people):
            outcome.n = audit_often(scene, outcome, plan.choose(RUNS, QUICK_RUNS))
        scene.wait_ended()
        count_documents(scene, outcome, all_ready=False)
        keep_something(scene, people)
        drop_dead_letters(scene)
        scene.engine.dispose()
        scene.stack.stop()
        outcome.notes["sabotages"] = sabotage_everything(scene, outcome)
    return outcome


def audit_often(scene: Scene, outcome: Outcome, count: int) -> int:
    """Audit ``count`` times; each finding is a false alarm, because nothing is broken."""
    began = time.monotonic()
    with patch.dict(os.environ, scene.stack.make_environment(), clear=True):
        services = open_services(load_settings(None))
    for number in range(count):
        outcome.problems += [f"false alarm in run {number}: {finding}" for finding in confirm_findings(services)]
    outcome.notes["seconds_an_audit"] = round((time.monotonic() - began) / count, 2)
    services.database.close()
    return count


@contextmanager
def busy(scene: Scene, people: list[Person]) -> Iterator[None]:
    """Each person does one thing after the other, in a thread of their own."""
    over = threading.Event()
    threads = [
        threading.Thread(target=live, args=(scene, person, random.Random(number), over), daemon=True)
        for number, person in enumerate(people)
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()


def live(scene: Scene, person: Person, dice: random.Random, over: threading.Event) -> None:
    own = Person(Sandbox(person.sandbox.url), person.id, person.name)
    while not over.is_set():
        # A button may be gone meanwhile, or a wait too short.
        with suppress(AssertionError):
            dice.choice(DEEDS)(scene, own)
        over.wait(dice.random() * PAUSE_SECONDS * 2)
    own.sandbox.close()


def send_text(scene: Scene, person: Person) -> None:
    scene.send(person, paragraphs=3)


def send_pages(scene: Scene, person: Person) -> None:
    pages = [scene.write_paragraph(number, scene.dice.getrandbits(20)) for number in range(3)]
    send(scene, person, make_pdf(pages), "pdf")


def send_broken(scene: Scene, person: Person) -> None:
    send(scene, person, b"%PDF-1.4 this is no document" + scene.dice.randbytes(4), "pdf")


def send(scene: Scene, person: Person, content: bytes, suffix: str) -> None:
    """Send a file whose result is counted, too."""
    sent = Sent(person, f"o{scene.dice.getrandbits(40):010x}.{suffix}", f"secret{scene.dice.getrandbits(40):010x}")
    person.send_file(content, sent.name)
    scene.sent.append(sent)


def say(*words: str) -> Callable[[Scene, Person], None]:
    def act(scene: Scene, person: Person) -> None:
        person.say(scene.dice.choice(words))

    return act


def press(*labels: str) -> Callable[[Scene, Person], None]:
    def act(_scene: Scene, person: Person) -> None:
        for label in labels:
            person.tap(label)

    return act


DEEDS: tuple[Callable[[Scene, Person], None], ...] = (
    *(send_text, send_text, send_pages, send_broken),
    say("What is the password of the vault?", "Which words does the text list?", "/find harbour"),
    say("/docs", "/status", "/quota", "/delete", "/mydata", "/forgetme"),
    *(press(label) for label in ("Ask", "[1]", "Export", "Cancel", "Retry", "Yes, delete it", "Delete", "Rename")),
)


def keep_something(scene: Scene, people: list[Person]) -> None:
    """Everybody has a ready document and an answered question."""
    for person in people:
        # A new name may be awaited.
        person.say("/cancel")
        sent = scene.send(person, paragraphs=3)
        person.wait_for(f"{sent.name} is ready")
        asked = person.say("What is the password of the vault?")
        person.wait_for(lambda message: "reply_to_message" in message and "[1]" in read(message), after=asked)
    scene.wait_ended()
    wait_until(lambda: scene.query("SELECT count(*) FROM tasks") == [(0,)], "the end of all tasks")


@dataclass
class Data:
    """The folder of data of a stopped stack; each sabotage is done to a fresh copy of its database and storage."""

    folder: Path
    kept: Path

    def restore(self) -> None:
        shutil.rmtree(self.folder)
        shutil.copytree(self.kept, self.folder)

    def open(self) -> Engine:
        return create_engine(f"sqlite:///{self.folder / 'socrate.db'}")

    def find(self, name: str) -> Path:
        return sorted(path for path in self.folder.glob(f"**/{name}") if "tenants" in path.parts)[0]


def sabotage_everything(scene: Scene, outcome: Outcome) -> int:
    """Do each sabotage to a copy of the data; one that brings no finding is a problem."""
    data = Data(scene.stack.data, scene.stack.folder / "kept")
    shutil.copytree(data.folder, data.kept)
    sabotages = dict(list_sabotages(data))
    with patch.dict(os.environ, scene.stack.make_environment(), clear=True):
        settings = load_settings(None)
        # The queue is stopped, which is one finding.
        known = set(list_findings(open_services(settings)))
        for name, spoil in sabotages.items():
            data.restore()
            spoil()
            services = open_services(settings)
            if set(list_findings(services)) <= known:
                outcome.problems.append(f"not found: {name}")
            services.database.close()
    return len(sabotages)


def list_sabotages(data: Data) -> Iterator[tuple[str, Callable[[], None]]]:
    for statement in ROW_SABOTAGES:
        yield statement, partial(execute, data, statement)
    for name in FILES:
        for spoil in FILE_SABOTAGES:
            yield f"{name}: {spoil.__name__}", partial(spoil_file, data, name, spoil)


def spoil_file(data: Data, name: str, spoil: Callable[[Path], None]) -> None:
    spoil(data.find(name))


def execute(data: Data, statement: str) -> None:
    engine = data.open()
    with engine.begin() as connection:
        connection.execute(text("PRAGMA foreign_keys = OFF"))
        changed = connection.execute(text(statement)).rowcount
    engine.dispose()
    assert changed > 0, f"nothing to spoil: {statement}"


def remove(path: Path) -> None:
    path.unlink()


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def exchange(path: Path) -> None:
    """Put the file of another document in its place."""
    own = path.read_bytes()
    tenants = next(folder for folder in path.parents if folder.name == "tenants")
    contents = (other.read_bytes() for other in sorted(tenants.glob(f"**/{path.name}")))
    path.write_bytes(next(content for content in contents if content != own))


def add_beside(path: Path) -> None:
    path.with_name("extra").write_bytes(b"extra")


FILE_SABOTAGES: tuple[Callable[[Path], None], ...] = (remove, truncate, empty, flip, exchange, add_beside)
