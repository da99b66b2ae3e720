"""Limits of one process, and what keeps it to itself: these locks need no feature that a kernel may lack."""

from __future__ import annotations

import resource
import signal
import sys
from contextlib import suppress

from processing.locks.kernel import prctl
from processing.locks.order import Order

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS = 1, 4, 38
MOST_DESCRIPTORS = 64
# Files and connections that a bot or a worker may have open, if the system allows as many.
MOST_OPEN = 65_536
GRACE_SECONDS = 5
# macOS refuses some limits. There the parent still ends a child that takes too long.
REFUSALS = (ValueError, OSError) if sys.platform == "darwin" else ()


def set_limits(order: Order) -> str:
    """Set limits that the kernel enforces: address space, processor seconds, no writing, few open files."""
    for kind, value in (
        (resource.RLIMIT_AS, order.memory),
        (resource.RLIMIT_CPU, order.cpu_seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, MOST_DESCRIPTORS),
    ):
        _, hard = resource.getrlimit(kind)
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        # The second limit on processor time kills, which would look as if somebody had killed the child.
        most = value + GRACE_SECONDS if kind == resource.RLIMIT_CPU and hard == resource.RLIM_INFINITY else value
        with suppress(*REFUSALS):
            resource.setrlimit(kind, (value, most))
    return "limits"


def refuse_privileges(_order: Order) -> str:
    """Give up whatever a program could gain by being executed, such as the rights of a setuid program."""
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    return "no new privileges"


def hide_memory(_order: Order | None = None) -> str:
    """Forbid other processes of the same user to read this one's memory and environment, and write no core dump."""
    prctl(PR_SET_DUMPABLE, 0)
    return "memory hidden"


def end_with_parent(_order: Order) -> str:
    """Make the kernel end this process when its parent ends. A worker that is killed cannot end its children itself.

    A change of the process's user must come before, because the kernel forgets the signal then.
    """
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    return "ends with its parent"


def raise_descriptors() -> None:
    """Let this process open as many files and connections as the system allows, at most ``MOST_OPEN``."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_OPEN if hard == resource.RLIM_INFINITY else min(hard, MOST_OPEN)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
