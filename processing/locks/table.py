"""The locks of a child that handles foreign bytes, in the order in which they must be applied."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from processing.locks import landlock, limits, seccomp, user
from processing.locks.order import Order


@dataclass(frozen=True, slots=True)
class Lock:
    """``hold`` applies the lock to this process and returns its name for people, or raises ``OSError``."""

    name: str
    hold: Callable[[Order], str]


LOCKS = (
    Lock("limits", limits.set_limits),
    # Without it the kernel accepts neither Landlock nor a filter from a process that is not root.
    Lock("privileges", limits.refuse_privileges),
    Lock("landlock", landlock.restrict_files),
    # It relies on Landlock where it keeps a capability.
    Lock("user", user.become_another),
    Lock("memory", limits.hide_memory),
    # A change of the user would undo it.
    Lock("parent", limits.end_with_parent),
    # Last, because it refuses what the others do.
    Lock("seccomp", seccomp.filter_calls),
)


def apply_locks(order: Order) -> dict[str, str]:
    """Apply every lock; return the names for people of those that hold. A lock that this kernel lacks stops nothing."""
    held = {}
    for lock in LOCKS:
        try:
            held[lock.name] = lock.hold(order)
        except OSError:
            continue
    return held
