"""The world: processes, people and time, one step at a time."""

from __future__ import annotations

import itertools
import secrets
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlalchemy import text

from db.engine import Database
from processing.maintenance.audit import list_findings
from processing.maintenance.garbage import GarbageCollector
from processing.services import WorkerServices
from sandbox.state import State
from settings import load_settings
from tests.chaos.machine.boundaries import NO_WAY, Boundary
from tests.chaos.machine.chat_server import NearPerson
from tests.chaos.machine.loop import LoopThread, short_pauses
from tests.chaos.machine.owed import count_owed
from tests.chaos.machine.parts import fast_parts
from tests.chaos.machine.process import BotProcess, Process, Worker
from tests.chaos.machine.ways import Killed
from tests.doubles import Clock
from tests.driver import TOKEN

BOT, WORKER, SPARE = "bot", "worker", "spare"
# Within so many rounds of five seconds everything that was begun ends: attempts, pauses and leases included.
MOST_ROUNDS = 400
ROUND_SECONDS = 5.0
BUSY = (
    "SELECT count(*) FROM updates WHERE state = 'waiting'",
    "SELECT count(*) FROM documents WHERE state IN ('queued', 'working')",
    "SELECT count(*) FROM questions WHERE state IN ('queued', 'working')",
    "SELECT count(*) FROM tasks WHERE state IN ('queued', 'working')",
)
# The name of a document for each time that the work on it begins, noted by the database itself.
COUNTING = (
    "CREATE TABLE begun (name TEXT)",
    "CREATE TRIGGER began AFTER INSERT ON documents BEGIN INSERT INTO begun VALUES (NEW.name); END",
    "CREATE TRIGGER began_again AFTER UPDATE OF state ON documents WHEN OLD.state = 'failed' AND NEW.state = 'queued' "
    "BEGIN INSERT INTO begun VALUES (NEW.name); END",
)
Choose = Callable[[str], str]


class World:
    """A bot, a worker and a spare worker over one database, storage and chat server.

    ``choose`` is asked about every call of every process for the way to strike it. ``escaped`` counts exceptions that
    left a step, which a process of the product logs and survives.
    """

    def __init__(self, folder: Path, clock: Clock, *, model: bool = False) -> None:
        self.clock, self.model, self.loop = clock, model, LoopThread()
        self.loop.loop.call_soon_threadsafe(self.loop.loop.set_exception_handler, lambda _loop, _context: None)
        self.state = State(int(TOKEN.partition(":")[0]))
        changes = {"data_dir": folder, "telegram_bot_token": SecretStr(TOKEN)}
        no_limits = {"questions_per_minute": 0, "uploads_per_hour": 0}
        self.settings = load_settings(None).model_copy(update=changes | no_limits)
        self.choose: Choose = lambda _call: NO_WAY
        self.quiet = 0
        self.wake_ups = Counter[str]()
        self.escaped: list[str] = []
        self.numbers = itertools.count(1001)
        self.processes: dict[str, Process] = {}
        self.clerk = self._make(WorkerServicesOnly, "clerk")
        self.bot = self.start(BOT)
        for role in (WORKER, SPARE):
            self.start(role)

    @property
    def services(self) -> WorkerServices:
        """Services that no way ever strikes, to look and to audit with."""
        services: WorkerServices = self.clerk.services
        return services

    def start(self, role: str) -> Any:
        """Start the process of this role, in place of the one before."""
        with self.silent():
            self.processes[role] = process = self._make(BotProcess if role == BOT else Worker, role)
        if role == BOT:
            self.bot = process
        return process

    def _make(self, kind: Any, role: str) -> Any:
        boundary = Boundary(role, self._ask, lambda seconds: self.elapse(role, seconds))
        return kind(self.settings, self.loop, self.state, self.clock, self.wake_ups, boundary, model=self.model)

    def _ask(self, call: str) -> str:
        return NO_WAY if self.quiet or call.startswith("clerk:") else self.choose(call)

    @contextmanager
    def silent(self) -> Iterator[None]:
        """Within this context no call is counted or struck."""
        self.quiet += 1
        try:
            yield
        finally:
            self.quiet -= 1

    def step(self, role: str, act: Callable[[], Any]) -> Any:
        """Let a process do something. A killed process is started anew, after the supervisor has released its work."""
        process = self.processes[role]
        try:
            return act()
        except Killed:
            self.restart(role, process)
        except Exception as error:
            self.escaped.append(f"{role}: {error!r}")
        if process.boundary.dead and self.processes[role] is process:
            self.restart(role, process)
        return None

    def restart(self, role: str, dead: Process) -> None:
        with self.silent():
            dead.boundary.dead = False
            dead.close()
            dead.release(self.services)
        self.start(role)

    def elapse(self, role: str, seconds: float) -> None:
        """Let time pass during a call of one process: it renews its leases, and everybody else goes on."""
        with self.silent():
            while seconds > 0:
                self.clock.pass_time(seconds=min(seconds, 10))
                seconds -= 10
                if role in self.processes:
                    self.step(role, self.processes[role].renew)
            self.help_out(role)

    def help_out(self, role: str) -> None:
        """What other processes do while one waits. A frozen one does nothing."""
        for other in (WORKER, SPARE):
            if other != role and self.processes[other].boundary.frozen is None:
                self.tend(other, 5)

    def tend(self, role: str, most: int = 50, *, reconciling: bool = True) -> bool:
        """Let a worker reconcile, work and deliver until nothing is due; returns whether it did anything."""
        did = False
        if reconciling:
            self.step(role, lambda: self.processes[role].reconcile())
        for _ in range(most):
            if not self.step(role, lambda: self.processes[role].work()):  # type: ignore[attr-defined]
                break
            did = True
        for _ in range(most):
            if not self.step(role, lambda: self.processes[role].deliver()):
                break
            did = True
        return did

    def tend_bot(self) -> bool:
        did = False
        if self.state.updates.pending:
            did = True
            self.step(BOT, lambda: self.bot.fetch())
        while self.step(BOT, lambda: self.bot.handle()):
            did = True
        return did

    def settle(self) -> bool:
        """Let everybody go on, and time pass, until nothing is under way; returns False if that does not end."""
        for number in range(MOST_ROUNDS):
            self.tend_bot()
            self.tend(WORKER, reconciling=False)
            if self.is_settled():
                return True
            self.clock.pass_time(seconds=ROUND_SECONDS)
            self.tend(WORKER if number % 2 else SPARE)
        return False

    def is_settled(self) -> bool:
        if self.state.updates.pending or count_owed(self.services.database):
            return False
        return not self.count(" UNION ALL ".join(BUSY))

    def count(self, query: str) -> int:
        with self.services.database.upkeep(reading=True) as session:
            return sum(int(row[0]) for row in session.execute(text(query)))

    def count_begun(self) -> Counter[str]:
        """How often the work on documents of each name has begun."""
        with self.services.database.upkeep(reading=True) as session:
            return Counter(str(row[0]) for row in session.execute(text("SELECT name FROM begun")))

    def audit(self) -> list[str]:
        """The findings of the product's own audit, once what may be left over for a while is deleted."""
        with self.silent():
            shutil.rmtree(self.services.scratch_directory, ignore_errors=True)
            collector = GarbageCollector()
            for _ in range(3):
                collector.collect(self.services)
                self.clock.pass_time(seconds=100)
            return list_findings(self.services)

    def meet(self, name: str = "Person", language: str = "en") -> NearPerson:
        return NearPerson(self.loop, self.state, next(self.numbers), name, language)

    def close(self) -> None:
        with self.silent():
            for process in (*self.processes.values(), self.clerk):
                process.close()
            self.loop.run(close_state(self.state))
        self.loop.close()


class WorkerServicesOnly(Process):
    """A process that does nothing of its own."""


async def close_state(state: State) -> None:
    state.close()
    state.files.close()


@cache
def make_template() -> bytes:
    """The file of a migrated database, because a copy is made faster than the tables."""
    with tempfile.TemporaryDirectory(prefix="socrate-world-") as folder:
        path = Path(folder) / "socrate.db"
        database = Database(f"sqlite:///{path}")
        database.migrate()
        with database.upkeep() as session:
            for statement in COUNTING:
                session.connection().exec_driver_sql(statement)
        database.close()
        return path.read_bytes()


@contextmanager
def open_world(*, model: bool = False) -> Iterator[World]:
    """A world in a folder in memory, where there is one."""
    memory = Path("/dev/shm")
    folder = Path(
        tempfile.mkdtemp(prefix=f"socrate-world-{secrets.token_hex(2)}", dir=memory if memory.is_dir() else None)
    )
    (folder / "socrate.db").write_bytes(make_template())
    clock = Clock()
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        stack.enter_context(short_pauses(clock))
        stack.enter_context(fast_parts())
        world = World(folder, clock, model=model)
        stack.callback(world.close)
        yield world
