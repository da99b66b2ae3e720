"""Kills processes at a place that was aimed at, and measures how long what they held lay idle."""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import redis

from tests.chaos.processes import send
from tests.chaos.scene import END_SECONDS, Scene, Sent
from tests.stack import wait_until

LOOK_SECONDS = 0.005
# Enough that the next one is in work while what was orphaned waits for its turn.
IN_FLIGHT = 2
# Three deaths end a document by design, and these deaths are not its fault.
MOST_ATTEMPTS = 3
# How long a word is held up: the moment is seen within milliseconds, on a busy machine within a second.
WORD_SECONDS = 4.0
# Longer than any client waits for an answer.
PAUSE_MILLISECONDS = 120_000
OPEN = """
SELECT id, name, state, COALESCE(stage, ''), fencing_token, attempts, COALESCE(worker, '')
FROM documents WHERE state IN ('queued', 'working') OR deliver_at IS NOT NULL
"""
TOLD = "SELECT count(*) FROM documents WHERE state NOT IN ('queued', 'working') AND deliver_at IS NULL"
UNHANDLED = "SELECT count(*) FROM updates WHERE state = 'waiting'"


class Row(NamedTuple):
    """A document that is not yet ended and told."""

    id: str
    name: str
    state: str
    stage: str
    fencing_token: int
    attempts: int
    worker: str

    @property
    def pid(self) -> int:
        return int(self.worker.rpartition(":")[2] or 0)


@dataclass
class Killer:
    """Nobody waits for a recovery: what the dead held goes on beside the next kill."""

    scene: Scene
    kills: Counter[str] = field(default_factory=Counter)
    waits: list[float] = field(default_factory=list)
    orphans: dict[str, tuple[int, float]] = field(default_factory=dict)
    unrung: int = 0

    def kill_in_stage(self, stage: str) -> None:
        """Have documents in work until one is seen to have come so far, and strike."""
        deadline = time.monotonic() + END_SECONDS
        while time.monotonic() < deadline:
            rows = self.look()
            for row in rows:
                if row.state == "working" and row.stage == stage and self.strike(row.pid, row.id, stage):
                    self.kills[stage] += 1
                    return
            self.keep_busy(rows, paragraphs=30)
            time.sleep(LOOK_SECONDS)
        raise AssertionError(f"{stage} was never seen\n{self.scene.stack.read_logs()}")

    def kill_before_the_word(self, *, arrived: bool) -> None:
        """Strike between the commit of an end and the note that it was told; ``arrived`` where the word got through."""
        word = {"method": "editMessageText", "delay": WORD_SECONDS, "drop": True, "after_effect": arrived}
        for _ in range(20):
            person = self.scene.dice.choice(self.scene.people)
            sent = self.scene.send(person, paragraphs=8)
            pid = self.wait_for_row(sent, lambda row: row is None or row.state == "working")
            self.scene.sandbox.fault(chat_id=person.id, **word)
            self.wait_for_row(sent, lambda row: row is None or row.state not in ("queued", "working"))
            struck = self.strike(pid, self.find_id(sent), None)
            self.scene.sandbox.clear_faults()
            if struck:
                self.kills["before_the_word" if not arrived else "after_the_word"] += 1
                return
        raise AssertionError(f"no word could be held up\n{self.scene.stack.read_logs()}")

    def kill_before_the_bell(self, queue: redis.Redis) -> None:
        """Kill the bot between the commit of documents and their bell: the queue takes nothing meanwhile."""
        self.wait_for_room()
        queue.client_pause(PAUSE_MILLISECONDS, all=False)
        names = {self.scene.send(person).name for person in self.scene.people}
        kept = lambda: names <= {row.name for row in self.read_rows()}  # noqa: E731
        wait_until(kept, "the commit", self.scene.stack.read_logs, END_SECONDS)
        self.scene.kill_bot()
        self.unrung += int(self.scene.query(UNHANDLED)[0][0])
        self.orphan([row for row in self.read_rows() if row.name in names])
        # What a dead client had asked for is forgotten with its line.
        queue.client_unpause()
        self.scene.start_bot()
        self.kills["before_the_bell"] += 1

    def kill_at_random(self) -> None:
        """Whoever works on documents now, but for what may not be hit again."""
        deadline = time.monotonic() + END_SECONDS
        while time.monotonic() < deadline:
            self.look()
            workers = self.scene.list_workers()
            if workers and self.strike(self.scene.dice.choice(workers).pid, None, None):
                self.kills["at_random"] += 1
                return
            time.sleep(0.1)
        raise AssertionError(f"nobody could be hit\n{self.scene.stack.read_logs()}")

    def strike(self, pid: int, document_id: str | None, stage: str | None) -> bool:
        """Freeze, look whether all is still as aimed at, kill; False where the moment has passed."""
        if not any(one.pid == pid for one in self.scene.list_workers()):
            return False
        send(pid, signal.SIGSTOP)
        rows = self.read_rows()
        held = [row for row in rows if row.state == "working" and row.pid == pid]
        aim = next((row for row in rows if row.id == document_id), None)
        right = document_id is None or (aim is not None and (stage is None or (aim in held and aim.stage == stage)))
        if not right or any(row.attempts >= MOST_ATTEMPTS for row in held):
            send(pid, signal.SIGCONT)
            return False
        send(pid, signal.SIGKILL)
        self.orphan(held if aim is None or aim in held else [*held, aim])
        return True

    def orphan(self, rows: list[Row]) -> None:
        now = time.monotonic()
        self.orphans |= {row.id: (row.fencing_token, now) for row in rows}

    def look(self) -> list[Row]:
        """What is open; of orphans that are in other hands or at their end it is noted how long that took."""
        rows = self.read_rows()
        fencing_tokens = {row.id: row.fencing_token for row in rows}
        for document_id, (fencing_token, since) in tuple(self.orphans.items()):
            if fencing_tokens.get(document_id, fencing_token + 1) > fencing_token:
                self.waits.append(time.monotonic() - since)
                del self.orphans[document_id]
        return rows

    def keep_busy(self, rows: list[Row], paragraphs: int) -> None:
        if len(rows) < IN_FLIGHT and self.count_in_flight() < IN_FLIGHT:
            self.scene.send(self.scene.dice.choice(self.scene.people), paragraphs=paragraphs)

    def wait_for_room(self, most: int = IN_FLIGHT) -> None:
        """Until no more than ``most`` are under way: what waits in a long line says nothing of recovery."""
        deadline = time.monotonic() + END_SECONDS
        while self.look() and self.count_in_flight() > most:
            assert time.monotonic() < deadline, f"nothing ends\n{self.scene.stack.read_logs()}"
            time.sleep(0.05)

    def wait_recovered(self) -> None:
        wait_until(lambda: not self.look() and not self.orphans, "the end", self.scene.stack.read_logs, END_SECONDS)

    def wait_for_row(self, sent: Sent, fits: Callable[[Row | None], bool]) -> int:
        """The process that works on it when ``fits`` its row, or None where it is told already."""
        deadline = time.monotonic() + END_SECONDS
        while time.monotonic() < deadline:
            row = next((row for row in self.look() if row.name == sent.name), None)
            if (row or self.find_id(sent)) and fits(row):
                return row.pid if row else 0
            time.sleep(LOOK_SECONDS)
        raise AssertionError(f"{sent.name} did not come on\n{self.scene.stack.read_logs()}")

    def find_id(self, sent: Sent) -> str:
        rows = self.scene.query("SELECT id FROM documents WHERE name = :name", name=sent.name)
        return str(rows[0][0]) if rows else ""

    def count_in_flight(self) -> int:
        """Sent, and not yet ended and told."""
        return len(self.scene.sent) - int(self.scene.query(TOLD)[0][0])

    def read_rows(self) -> list[Row]:
        return [Row(*row) for row in self.scene.query(OPEN)]
