"""Kills processes at chosen moments, and measures how long their documents wait for another worker."""

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
# Enough that one document is in work while another waits to be taken over.
IN_FLIGHT = 2
# A document fails at its third attempt by design; it is not to fail because of these kills.
MOST_ATTEMPTS = 3
# How long a delivery is delayed; it is noticed within milliseconds, on a busy machine within a second.
DELIVERY_SECONDS = 4.0
# Longer than any client waits for a response.
PAUSE_MILLISECONDS = 120_000
OPEN = """
SELECT id, name, state, COALESCE(stage, ''), fencing_token, attempts, COALESCE(worker, '')
FROM documents WHERE state IN ('queued', 'working') OR id IN (SELECT subject FROM outbox WHERE state = 'waiting')
"""
DELIVERED = """
SELECT count(*) FROM documents
WHERE state NOT IN ('queued', 'working') AND id NOT IN (SELECT subject FROM outbox WHERE state = 'waiting')
"""
UNHANDLED = "SELECT count(*) FROM updates WHERE state = 'waiting'"


class Row(NamedTuple):
    """A document whose result is not yet delivered."""

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
    """Kills without waiting for recoveries: documents of dead processes are taken over during the next kills.

    ``waits`` are the seconds until a document was taken over, ``not_woken`` counts updates without a wake-up.
    """

    scene: Scene
    kills: Counter[str] = field(default_factory=Counter)
    waits: list[float] = field(default_factory=list)
    abandoned: dict[str, tuple[int, float]] = field(default_factory=dict)
    not_woken: int = 0

    def kill_in_stage(self, stage: str) -> None:
        """Keep documents in work until one is in this stage, and kill its worker."""
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

    def kill_before_the_delivery(self, *, arrived: bool) -> None:
        """Kill between the commit of a result and the record of its delivery.

        ``arrived`` says whether the message gets through before.
        """
        delayed = {"method": "editMessageText", "delay": DELIVERY_SECONDS, "drop": True, "after_effect": arrived}
        for _ in range(20):
            person = self.scene.dice.choice(self.scene.people)
            sent = self.scene.send(person, paragraphs=8)
            pid = self.wait_for_row(sent, lambda row: row is None or row.state == "working")
            self.scene.sandbox.fault(chat_id=person.id, **delayed)
            self.wait_for_row(sent, lambda row: row is None or row.state not in ("queued", "working"))
            struck = self.strike(pid, self.find_id(sent), None)
            self.scene.sandbox.clear_faults()
            if struck:
                self.kills["before_the_delivery" if not arrived else "after_the_delivery"] += 1
                return
        raise AssertionError(f"no delivery could be delayed\n{self.scene.stack.read_logs()}")

    def kill_before_the_wake_up(self, queue: redis.Redis) -> None:
        """Kill the bot between the commit of documents and their wake-ups, which the paused queue holds up."""
        self.wait_for_room()
        queue.client_pause(PAUSE_MILLISECONDS, all=False)
        names = {self.scene.send(person).name for person in self.scene.people}
        kept = lambda: names <= {row.name for row in self.read_rows()}  # noqa: E731
        wait_until(kept, "the commit", self.scene.stack.read_logs, END_SECONDS)
        self.scene.kill_bot()
        self.not_woken += int(self.scene.query(UNHANDLED)[0][0])
        self.note_abandoned([row for row in self.read_rows() if row.name in names])
        # The queue forgets requests of a client whose connection is closed.
        queue.client_unpause()
        self.scene.start_bot()
        self.kills["before_the_wake_up"] += 1

    def kill_at_random(self) -> None:
        """Kill a random document worker, unless it holds a document at its last attempt."""
        deadline = time.monotonic() + END_SECONDS
        while time.monotonic() < deadline:
            self.look()
            workers = self.scene.list_workers()
            if workers and self.strike(self.scene.dice.choice(workers).pid, None, None):
                self.kills["at_random"] += 1
                return
            time.sleep(0.1)
        raise AssertionError(f"no worker could be killed\n{self.scene.stack.read_logs()}")

    def strike(self, pid: int, document_id: str | None, stage: str | None) -> bool:
        """Freeze the process, check that the moment is still right, and kill it; False if the moment has passed."""
        if not any(one.pid == pid for one in self.scene.list_workers()):
            return False
        send(pid, signal.SIGSTOP)
        rows = self.read_rows()
        held = [row for row in rows if row.state == "working" and row.pid == pid]
        target = next((row for row in rows if row.id == document_id), None)
        right = document_id is None or (
            target is not None and (stage is None or (target in held and target.stage == stage))
        )
        if not right or any(row.attempts >= MOST_ATTEMPTS for row in held):
            send(pid, signal.SIGCONT)
            return False
        send(pid, signal.SIGKILL)
        self.note_abandoned(held if target is None or target in held else [*held, target])
        return True

    def note_abandoned(self, rows: list[Row]) -> None:
        now = time.monotonic()
        self.abandoned |= {row.id: (row.fencing_token, now) for row in rows}

    def look(self) -> list[Row]:
        """Rows of unfinished documents; records how long each abandoned one took to be claimed again or to end."""
        rows = self.read_rows()
        fencing_tokens = {row.id: row.fencing_token for row in rows}
        for document_id, (fencing_token, since) in tuple(self.abandoned.items()):
            if fencing_tokens.get(document_id, fencing_token + 1) > fencing_token:
                self.waits.append(time.monotonic() - since)
                del self.abandoned[document_id]
        return rows

    def keep_busy(self, rows: list[Row], paragraphs: int) -> None:
        if len(rows) < IN_FLIGHT and self.count_in_flight() < IN_FLIGHT:
            self.scene.send(self.scene.dice.choice(self.scene.people), paragraphs=paragraphs)

    def wait_for_room(self, most: int = IN_FLIGHT) -> None:
        """Wait until at most ``most`` documents are unfinished: in a long queue a wait says nothing about recovery."""
        deadline = time.monotonic() + END_SECONDS
        while self.look() and self.count_in_flight() > most:
            assert time.monotonic() < deadline, f"nothing ends\n{self.scene.stack.read_logs()}"
            time.sleep(0.05)

    def wait_recovered(self) -> None:
        wait_until(lambda: not self.look() and not self.abandoned, "the end", self.scene.stack.read_logs, END_SECONDS)

    def wait_for_row(self, sent: Sent, fits: Callable[[Row | None], bool]) -> int:
        """Wait until ``fits`` accepts the row, which is None once the result is delivered.

        Returns the process id of the document's worker, or 0.
        """
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
        """The number of sent documents whose result is not yet delivered."""
        return len(self.scene.sent) - int(self.scene.query(DELIVERED)[0][0])

    def read_rows(self) -> list[Row]:
        return [Row(*row) for row in self.scene.query(OPEN)]
