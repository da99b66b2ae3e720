"""Seccomp: a filter of system calls, which needs no privileges. docs/decisions/0016 says what is refused and why.

The filter is a program in classic BPF, whose instructions are those of ``linux/filter.h``.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
from collections.abc import Iterable

from processing.locks.kernel import check_linux, prctl
from processing.locks.order import Order
from processing.locks.syscalls import NEW_PROCESSES, NEWEST, REFUSED, get_numbers

PR_SET_SECCOMP, FILTER = 22, 2
# Instructions: load a word of the call's description, compare, mask, return.
LOAD, EQUAL, GREATER, AND, RETURN = 0x20, 0x15, 0x25, 0x54, 0x06
KILL, ERROR, ALLOW = 0x80000000, 0x00050000, 0x7FFF0000
REFUSE, MISSING = ERROR | errno.EPERM, ERROR | errno.ENOSYS
# Where the call's description (``struct seccomp_data``) holds the number, the architecture and the low half of the
# first argument. Both machines are little-endian.
NUMBER, ARCHITECTURE, ARGUMENTS = 0, 4, 16
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
CLONE_THREAD, CLONE_NAMESPACES = 0x10000, 0x7E020000
WRITING_FLAGS = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
# prctl: the signal at the parent's end, readable memory, the layout of memory, and who may trace this process.
PRCTL_REFUSED = (1, 4, 35, 0x59616D61)
# fcntl: who gets a descriptor's signals and which, and leases, which hold up other processes.
FCNTL_REFUSED = (8, 10, 15, 1024)
Instruction = tuple[int, int, int, int]


def filter_calls(order: Order) -> str:
    """Refuse all system calls that a reader does not need. Raise ``OSError`` if the kernel or processor has no filter.

    Most refused calls fail with EPERM. Those whose arguments a filter cannot see, and calls that are newer than the
    tables, fail with ENOSYS, so that libraries use the older ones. Calls of another architecture end the process.
    """
    check_linux()
    program = b"".join(struct.pack("=HBBI", *instruction) for instruction in build_filter(order))
    buffer = ctypes.create_string_buffer(program, len(program))
    # struct sock_fprog: the number of instructions, and their address.
    fields = struct.pack("@HP", len(program) // 8, ctypes.addressof(buffer))
    description = ctypes.create_string_buffer(fields, len(fields))
    prctl(PR_SET_SECCOMP, FILTER, ctypes.addressof(description))
    return "seccomp"


def build_filter(order: Order) -> list[Instruction]:
    """Return the program. It returns at the first call that fits, and allows what is left."""
    numbers = get_numbers()
    refused = get_numbers(*REFUSED, *(() if order.programs else (NEW_PROCESSES,)))
    program: list[Instruction] = [
        (LOAD, 0, 0, ARCHITECTURE),
        (EQUAL, 1, 0, ARCHITECTURES[platform.machine()]),
        (RETURN, 0, 0, KILL),
        (LOAD, 0, 0, NUMBER),
        # Also refuses the calls of x86-64's 32-bit variant, whose numbers have a high bit.
        (GREATER, 0, 1, NEWEST),
        (RETURN, 0, 0, MISSING),
    ]
    for number in sorted(refused.values()):
        program += [(EQUAL, 0, 1, number), (RETURN, 0, 0, REFUSE)]
    # Their flags are in memory, where no filter can look.
    for name in ("clone3", "openat2"):
        program += [(EQUAL, 0, 1, numbers[name]), (RETURN, 0, 0, MISSING)]
    process = os.getpid()
    program += only_if(numbers["kill"], 0, (process,))
    program += only_if(numbers["tgkill"], 0, (process,))
    program += only_if(numbers["prlimit64"], 0, (0, process))
    program += unless(numbers["prctl"], 0, PRCTL_REFUSED)
    program += unless(numbers["fcntl"], 1, FCNTL_REFUSED)
    program += only_if(numbers["openat"], 2, (0,), WRITING_FLAGS)
    if "open" in numbers:
        program += only_if(numbers["open"], 1, (0,), WRITING_FLAGS)
    program += (
        only_if(numbers["clone"], 0, (0,), CLONE_NAMESPACES)
        if order.programs
        else only_if(numbers["clone"], 0, (CLONE_THREAD,), CLONE_THREAD)
    )
    return [*program, (RETURN, 0, 0, ALLOW)]


def only_if(number: int, argument: int, allowed: Iterable[int], mask: int = 0xFFFFFFFF) -> list[Instruction]:
    """Allow the call ``number`` if the bits of ``mask`` in an argument are one of ``allowed``, else refuse it."""
    return decide(number, argument, mask, allowed, ALLOW, REFUSE)


def unless(number: int, argument: int, refused: Iterable[int]) -> list[Instruction]:
    """Allow the call ``number`` unless an argument is one of ``refused``."""
    return decide(number, argument, 0xFFFFFFFF, refused, REFUSE, ALLOW)


def decide(
    number: int, argument: int, mask: int, values: Iterable[int], found: int, otherwise: int
) -> list[Instruction]:
    """Return ``found`` if the masked argument of the call ``number`` is one of ``values``, else ``otherwise``."""
    body: list[Instruction] = [(LOAD, 0, 0, ARGUMENTS + 8 * argument), (AND, 0, 0, mask)]
    for value in values:
        body += [(EQUAL, 0, 1, value), (RETURN, 0, 0, found)]
    body.append((RETURN, 0, 0, otherwise))
    return [(EQUAL, 0, len(body), number), *body]
