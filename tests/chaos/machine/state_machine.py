"""A state machine over the whole product: two people, three documents each, and everything that can go wrong between.

Hypothesis chooses the steps and shrinks what breaks. Every process does one thing at a time, and can be killed, frozen
and thawed at any call; time jumps; Telegram refuses, floods and falls silent.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from contextlib import ExitStack

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from tests.chaos.machine.boundaries import NO_WAY
from tests.chaos.machine.chat_server import NearPerson
from tests.chaos.machine.story import UNEXPECTED
from tests.chaos.machine.struck import REFUSALS
from tests.chaos.machine.ways import Way
from tests.chaos.machine.world import BOT, SPARE, WORKER, World, open_world
from tests.chaos.recount import count_ends
from tests.driver import list_buttons

STEPS_IN_AN_EXAMPLE = 50
ROLES = st.sampled_from((BOT, WORKER, SPARE))
WORKERS = st.sampled_from((WORKER, SPARE))
PEOPLE, DOCUMENTS = st.integers(0, 1), st.integers(0, 2)
ANYWHERE = (Way.UNHEARD, Way.LATE, Way.NEVER, Way.DENIED, Way.DIED)
OF_TELEGRAM = (*REFUSALS, Way.NEVER, Way.LATE, Way.UNHEARD)
# Calls at which no transaction that writes is open, so that others can go on while this one is frozen.
FREEZABLE = ("db.BEGIN", "http.", "storage.", "queue.", "embedder.", "reader.")
# In seconds; the longest is more than any lease, pause or patience.
# The number of the call that is struck, counted from now on.
TURNS = (1, 2, 3, 5, 8, 13, 21, 34)
JUMPS = st.sampled_from((-20, 1, 6, 31, 95, 400, 4000))
QUESTIONS = ("What is the password of the vault?", "/find vault", "/docs", "/status", "hello", "/export", "/mydata")
# Buttons whose effect would hide what is counted here: the story has them.
NEVER_TAPPED = re.compile(r"rename:|sample|forget")
# A send that fails in these ways may be lost or come twice, because nobody can know.
UNCERTAIN = (Way.NEVER, Way.LATE, Way.DIED)
steps = Counter[str]()


class ProductMachine(RuleBasedStateMachine):
    """``armed`` is (way, the number of the call that it strikes) by role."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.world: World = self.stack.enter_context(open_world())
        self.world.choose = self.choose
        self.people = [self.world.meet(f"Person{number}") for number in range(2)]
        self.secrets = {(person, number): f"secret{person}{number}00000000" for person in (0, 1) for number in range(3)}
        self.armed: dict[str, tuple[str, int]] = {}
        self.frozen: dict[str, threading.Thread] = {}
        self.read_until = [0, 0]
        self.uncertain = self.blocked = False

    # People

    @rule(person=PEOPLE, number=DOCUMENTS)
    def send(self, person: int, number: int) -> None:
        text = f"The password of the vault is {self.secrets[person, number]}."
        self.reach(person).send_bytes(text.encode(), f"p{person}d{number}.txt")

    @rule(person=PEOPLE)
    def send_broken(self, person: int) -> None:
        self.reach(person).send_bytes(f"broken {person}".encode(), f"p{person}broken.txt")

    @rule(person=PEOPLE, text=st.sampled_from(QUESTIONS))
    def say(self, person: int, text: str) -> None:
        self.reach(person).say(text)

    @rule(person=PEOPLE, choice=st.integers(0, 30))
    def tap(self, person: int, choice: int) -> None:
        buttons = [
            (message["message_id"], str(button["callback_data"]))
            for message in self.people[person].messages()
            for button in list_buttons(message)
            if not NEVER_TAPPED.match(str(button["callback_data"]))
        ]
        if buttons:
            self.reach(person).forge_tap(*buttons[-1 - choice % len(buttons)])

    @rule(person=PEOPLE, choice=st.integers(0, 5), text=st.sampled_from(QUESTIONS[:2]))
    def edit(self, person: int, choice: int, text: str) -> None:
        mine = [message for message in self.people[person].messages() if message["out"] and "text" in message]
        if mine:
            self.reach(person).change(mine[-1 - choice % len(mine)]["message_id"], text)

    @rule(person=PEOPLE)
    def block(self, person: int) -> None:
        self.people[person].block()
        self.blocked = True

    def reach(self, person: int) -> NearPerson:
        self.people[person].unblock()
        return self.people[person]

    # Processes

    @rule()
    def fetch(self) -> None:
        if self.world.state.updates.pending:
            self.act(BOT, "fetch")

    @rule()
    def handle(self) -> None:
        self.act(BOT, "handle")

    @rule(role=WORKERS)
    def work(self, role: str) -> None:
        self.act(role, "work")

    @rule(role=ROLES)
    def deliver(self, role: str) -> None:
        self.act(role, "deliver")

    @rule(role=ROLES)
    def reconcile(self, role: str) -> None:
        self.act(role, "reconcile")

    @rule(role=WORKERS, times=st.integers(1, 3))
    def go_on(self, role: str, times: int) -> None:
        """The usual course of things."""
        for _ in range(times):
            self.fetch()
            self.act(BOT, "handle")
            self.act(role, "work")
            self.act(role, "deliver")

    @rule(role=WORKERS)
    def renew(self, role: str) -> None:
        self.act(role, "renew")

    @rule(seconds=JUMPS)
    def jump(self, seconds: int) -> None:
        self.world.clock.pass_time(seconds=seconds)

    # What goes wrong

    @rule(role=ROLES, way=st.sampled_from((*ANYWHERE, Way.FREEZE)), number=st.sampled_from(TURNS))
    def strike(self, role: str, way: str, number: int) -> None:
        self.armed[role] = (way, number)

    @rule(role=ROLES, way=st.sampled_from(OF_TELEGRAM), number=st.integers(1, 3))
    def trouble_telegram(self, role: str, way: str, number: int) -> None:
        self.armed[role] = (f"http {way}", number)

    @rule(role=ROLES)
    def thaw(self, role: str) -> None:
        self.wake(role, kill=False)

    @rule(role=ROLES)
    def kill_frozen(self, role: str) -> None:
        self.wake(role, kill=True)

    def act(self, role: str, what: str) -> None:
        """Let a process do something; if it is frozen meanwhile, everybody else goes on."""
        steps[what] += 1
        if role in self.frozen:
            return
        process = self.world.processes[role]
        process.boundary.halted.clear()
        thread = threading.Thread(target=lambda: self.world.step(role, getattr(process, what)), daemon=True)
        thread.start()
        while thread.is_alive() and not process.boundary.halted.is_set():
            thread.join(0.0005)
        if thread.is_alive():
            self.frozen[role] = thread

    def wake(self, role: str, *, kill: bool) -> None:
        thread = self.frozen.pop(role, None)
        if thread is not None:
            boundary = self.world.processes[role].boundary
            boundary.dead = kill
            boundary.halted.clear()
            assert boundary.frozen is not None
            boundary.frozen.set()
            thread.join()

    def choose(self, call: str) -> str:
        role, _, kind = call.partition(":")
        if role not in self.armed:
            return NO_WAY
        way, number = self.armed[role]
        of_telegram, way = way.startswith("http "), way.removeprefix("http ")
        if not is_suitable(kind, way, of_telegram=of_telegram):
            return NO_WAY
        self.armed[role] = (f"http {way}" if of_telegram else way, number - 1)
        if number > 1:
            return NO_WAY
        del self.armed[role]
        self.uncertain |= kind.startswith("http.send") and way in UNCERTAIN
        steps[f"struck {way}"] += 1
        return way

    # What must hold

    @invariant()
    def count(self) -> None:
        steps["rules"] += 1

    @invariant()
    def everybody_reads_only_their_own(self) -> None:
        for number, person in enumerate(self.people):
            events = person.transcript(self.read_until[number])
            shown = "\n".join(str(event) for event in events)
            foreign = [secret for (owner, _), secret in self.secrets.items() if owner != number and secret in shown]
            assert not foreign, f"{person.name} reads {foreign}"
            assert UNEXPECTED not in shown, person.describe()
            self.read_until[number] = events[-1]["seq"] if events else self.read_until[number]

    def teardown(self) -> None:
        try:
            self.come_to_rest()
        finally:
            for role in tuple(self.frozen):
                self.wake(role, kill=True)
            self.stack.close()

    def come_to_rest(self) -> None:
        """Let everything go on without further trouble: it ends, everybody is told, and nothing is left over."""
        self.armed.clear()
        for role in tuple(self.frozen):
            self.wake(role, kill=False)
        for person in self.people:
            person.unblock()
        assert self.world.settle(), "the work does not end"
        self.everybody_reads_only_their_own()
        if not self.uncertain and not self.blocked:
            for number, person in enumerate(self.people):
                self.check_ends(f"p{number}", person)
        assert self.world.audit() == []

    def check_ends(self, prefix: str, person: NearPerson) -> None:
        """Each document has as many results as the work on it has begun."""
        ends, overwritten, _repaired = count_ends(person)
        begun = {name: count for name, count in self.world.count_begun().items() if name.startswith(prefix)}
        assert ends == begun and not overwritten, f"{dict(ends)} {dict(begun)} {overwritten}\n{person.describe()}"


def is_suitable(kind: str, way: str, *, of_telegram: bool) -> bool:
    """Whether a call of this kind can be struck in this way without a lie."""
    if of_telegram or way in REFUSALS:
        return kind.startswith("http.")
    if way == Way.FREEZE:
        return kind.startswith(FREEZABLE)
    return not (way == Way.DENIED and kind.startswith("http."))


def run_machine(examples: int, *, shrinking: bool = True, random: bool = False) -> Counter[str]:
    """Run so many examples; returns the number of steps by kind. A broken promise raises the shrunk example."""
    steps.clear()
    run_state_machine_as_test(
        ProductMachine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=STEPS_IN_AN_EXAMPLE,
            deadline=None,
            database=None,
            derandomize=not random,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.generate, Phase.shrink) if shrinking else (Phase.generate,),
        ),
    )
    return Counter(steps)
