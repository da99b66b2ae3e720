"""Every call that a process of the world makes to what is outside it: named, counted and, if it is its turn, struck."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from db.engine import Database
from tests.chaos.injector.injector import describe_site
from tests.chaos.machine.ways import LATE_SECONDS, Killed, Unheard, Way

NO_WAY = ""


class Boundary:
    """What all boundaries of one process share. ``choose`` names the way in which a call is struck, if it is.

    A process that was killed makes no call any more. ``elapse`` lets simulated time pass while others go on.
    """

    def __init__(self, role: str, choose: Callable[[str], str], elapse: Callable[[float], None]) -> None:
        self.role, self.choose, self.elapse = role, choose, elapse
        self.dead = False
        self.frozen: threading.Event | None = None
        self.halted = threading.Event()

    def meet(self, kind: str) -> str:
        """Name the call; returns the way in which it is struck, or an empty string."""
        self.check_alive()
        return self.choose(f"{self.role}:{kind} {describe_site()}")

    def check_alive(self) -> None:
        if self.dead:
            raise Killed

    def kill(self) -> Killed:
        self.dead = True
        return Killed()

    def freeze(self) -> None:
        """Wait until the process is thawed, or killed while it is frozen."""
        self.frozen = threading.Event()
        self.halted.set()
        self.frozen.wait()
        self.frozen = None
        self.check_alive()

    def pass_through(
        self,
        kind: str,
        act: Callable[[], Any],
        error: Callable[[], Exception],
        *,
        wrong: Callable[[Any], Any] = lambda result: result,
        claimed: Any = None,
        elapse: Callable[[float], None] | None = None,
    ) -> Any:
        """Call ``act``, unless the call is struck. ``wrong`` changes its result, ``claimed`` is what a lie returns."""
        match self.meet(kind):
            case Way.UNHEARD:
                raise Unheard
            case Way.NEVER:
                raise self.kill()
            case Way.CLAIMED:
                return claimed
            case Way.FREEZE:
                self.freeze()
                return act()
            case Way.DENIED:
                act()
                raise error()
            case Way.DIED:
                act()
                raise self.kill()
            case Way.LATE:
                result = act()
                (elapse or self.elapse)(LATE_SECONDS)
                return result
            case Way.WRONG:
                return wrong(act())
        return act()


def strike_database(database: Database, boundary: Boundary, move_clock: Callable[[float], None]) -> None:
    """Let every statement and commit of this database pass through the boundary."""
    dialect: Any = database.engine.dialect
    execute, commit, rollback = dialect.do_execute, dialect.do_commit, dialect.do_rollback

    def make_error() -> Exception:
        failure: Exception = dialect.loaded_dbapi.OperationalError("disk I/O error")
        return failure

    def do_execute(cursor: Any, statement: str, parameters: Any, context: Any = None) -> None:
        verb = statement.split(None, 1)[0].upper()
        if verb == "PRAGMA":
            execute(cursor, statement, parameters, context)
            return

        def act() -> None:
            execute(cursor, statement, parameters, context)

        def change(_result: None) -> None:
            if verb == "SELECT":
                execute(cursor, f"SELECT * FROM ({statement}) WHERE 0", parameters, context)
            elif context is not None and verb in {"UPDATE", "DELETE"}:
                context._rowcount = 0

        way_out = boundary.elapse if verb == "BEGIN" else move_clock
        if verb == "BEGIN":
            # The lock is not held while the answer is awaited, so the wait comes before it.
            boundary.pass_through("db.BEGIN", lambda: None, make_error, elapse=way_out)
            act()
        elif verb in {"UPDATE", "DELETE"} and context is not None:

            def claim() -> None:
                context._rowcount = 1

            pass_or_claim(boundary, f"db.{verb}", act, make_error, change, claim, way_out)
        else:
            boundary.pass_through(f"db.{verb}", act, make_error, wrong=change, elapse=way_out)

    def do_commit(connection: Any) -> None:
        def act() -> None:
            commit(connection)

        pass_or_claim(boundary, "db.COMMIT", act, make_error, lambda _: None, lambda: rollback(connection), None)

    dialect.do_execute, dialect.do_commit = do_execute, do_commit


def pass_or_claim(
    boundary: Boundary,
    kind: str,
    act: Callable[[], None],
    error: Callable[[], Exception],
    wrong: Callable[[Any], object],
    claim: Callable[[], None],
    elapse: Callable[[float], None] | None,
) -> None:
    """As ``pass_through``; a lie does ``claim`` instead of nothing."""

    def act_truly() -> bool:
        act()
        return True

    def alter(result: bool) -> bool:
        wrong(None)
        return result

    done = boundary.pass_through(kind, act_truly, error, wrong=alter, elapse=elapse)
    if done is None:
        claim()
