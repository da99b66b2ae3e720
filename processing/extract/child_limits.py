"""The first steps of the child processes that open untrusted files: limit themselves, and end with their parent."""

from __future__ import annotations

import ctypes
import resource
import signal
import sys
from contextlib import suppress

PR_SET_PDEATHSIG = 1
# macOS refuses some limits. There the parent still ends a child that takes too long.
REFUSALS = (ValueError, OSError) if sys.platform == "darwin" else ()


def end_with_parent() -> None:
    """Make the kernel end this process when its parent ends. A worker that is killed cannot end its children itself."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def set_limits(memory: int, cpu_seconds: int) -> None:
    """Set limits that the kernel enforces: bytes of address space, processor seconds, no writing, few open files."""
    for kind, value in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
    ):
        _, hard = resource.getrlimit(kind)
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        with suppress(*REFUSALS):
            resource.setrlimit(kind, (value, value))
