"""The ways in which a call is struck, and what each may cost the person whose call it was."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Way(StrEnum):
    """What becomes of a struck call. ``FREEZE`` and ``UNANSWERED`` are for the state machine."""

    # An exception of a type that the code has never heard of; the call has no effect.
    UNHEARD = "unheard"
    # The call takes effect, and its answer is well-formed but wrong.
    WRONG = "wrong"
    # The call takes effect, and the answer comes after 30 seconds, in which everybody else goes on.
    LATE = "late"
    # The answer never comes: the call runs into its time-out, or else the supervisor kills the process.
    NEVER = "never"
    # The call takes effect, and the process dies before it has the answer.
    DIED = "died"
    # The call takes effect and reports a failure.
    DENIED = "denied"
    # The call has no effect and reports success.
    CLAIMED = "claimed"
    FREEZE = "freeze"


ALWAYS = (Way.UNHEARD, Way.LATE, Way.NEVER, Way.DENIED)
# The ways in which each kind of call can be struck; the first line that fits counts.
WAYS: tuple[tuple[str, tuple[Way, ...]], ...] = (
    ("db.BEGIN", ALWAYS),
    ("db.SELECT", (*ALWAYS, Way.WRONG)),
    ("db.INSERT", (*ALWAYS, Way.CLAIMED)),
    ("db.COMMIT", (*ALWAYS, Way.DIED, Way.CLAIMED)),
    ("storage.delete", (*ALWAYS, Way.DIED, Way.CLAIMED)),
    ("queue.notify_worker", (*ALWAYS, Way.DIED, Way.CLAIMED)),
    ("", (*ALWAYS, Way.DIED, Way.WRONG, Way.CLAIMED)),
)
LATE_SECONDS = 31.0


class Unheard(Exception):
    """An exception that the code has never heard of."""


class Killed(BaseException):
    """Ends a process of the world at once: nothing of the product catches it."""


@dataclass(frozen=True)
class Allowance:
    """What may be missing or come twice for the person concerned, and for nobody else, because nobody can know better.

    ``calls`` is a pattern for the names of calls. ``lost``: one message or piece of work is missing, or the person must
    ask again; ``twice``: one message comes twice; ``findings``: the audit may report the person's document.
    """

    calls: str
    ways: tuple[Way, ...]
    reason: str
    lost: bool = False
    twice: bool = False
    findings: bool = False


ALLOWED = (
    Allowance(
        r"\w+:http\.",
        (Way.CLAIMED,),
        "Telegram says that it has shown a message which it has dropped",
        lost=True,
        twice=True,
    ),
    Allowance(
        r"\w+:http\.", (Way.WRONG,), "Telegram answers something else: what was sent can't be found again", twice=True
    ),
    Allowance(
        r"\w+:http\.send", (Way.DENIED,), "Telegram says that it has not sent what it has sent", lost=True, twice=True
    ),
    Allowance(
        r"\w+:http\.send",
        (Way.NEVER, Way.LATE),
        "the connection breaks after the call was sent: sending it again could bring it twice",
        lost=True,
    ),
    Allowance(
        r"\w+:http\.|worker:(db|storage|queue)\.",
        (Way.DIED, Way.NEVER),
        "the process dies after it has sent and before it has noted that",
        twice=True,
    ),
    Allowance(
        r"bot:(http|db|storage|queue)\.",
        (Way.DIED, Way.NEVER),
        "the bot dies between its reply and the note that the update is handled: it handles the update once more, "
        "which then finds done what it asks for",
        lost=True,
        twice=True,
    ),
    Allowance(r"\w+:http\.file", (Way.WRONG, Way.CLAIMED), "the person's file arrives with another content", lost=True),
    Allowance(
        r"\w+:db\.",
        (Way.WRONG, Way.CLAIMED),
        "the database has not the row that it has, or has not written what it says",
        lost=True,
        twice=True,
        findings=True,
    ),
    Allowance(
        r"\w+:storage\.",
        (Way.WRONG, Way.CLAIMED),
        "the storage has not what it says that it has",
        lost=True,
        findings=True,
    ),
    Allowance(r"\w+:reader\.", (Way.WRONG, Way.CLAIMED, Way.DENIED), "the file is read as another text", lost=True),
    Allowance(r"\w+:embedder\.", (Way.WRONG, Way.CLAIMED), "the vectors are those of other texts", lost=True),
    Allowance(r"\w+:model\.", (Way.WRONG, Way.CLAIMED), "the model writes something else", lost=True),
)


def list_ways(call: str) -> tuple[Way, ...]:
    """The ways in which this call can be struck."""
    kind = call.partition(":")[2]
    return next(ways for begin, ways in WAYS if kind.startswith(begin))


def find_allowances(call: str, way: Way) -> list[Allowance]:
    return [each for each in ALLOWED if way in each.ways and re.match(each.calls, call)]
