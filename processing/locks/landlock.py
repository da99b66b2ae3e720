"""Landlock: the kernel's lock on files, TCP, signals and abstract sockets, which needs no privileges.

docs/decisions/0016 has the versions. Numbers and bits are those of ``linux/landlock.h``, the same on all processors.
"""

from __future__ import annotations

import os
import struct
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from ctypes import create_string_buffer
from pathlib import Path

from processing.locks.kernel import syscall
from processing.locks.order import Order

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
ASK_VERSION = 1
PATH_BENEATH = 1
EXECUTE, READ_FILE, READ_DIR = 1 << 0, 1 << 2, 1 << 3
# Bits of file accesses that each version knows. An access that is handled is refused unless a rule allows it.
FILE_ACCESSES = {1: 13, 2: 14, 3: 15, 5: 16}
# Binding and connecting TCP, since version 4; abstract sockets and signals, since version 6.
ALL_TCP, ALL_SCOPES = 0b11, 0b11
HOME = Path(__file__).parent.parent.parent
LOADERS = ("/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1", "/lib/ld-musl-x86_64.so.1")
# Our own code, by name: the folder around it may hold .env and the data.
CODE = ("processing", "db", "errors.py", "settings.py")
SYSTEM = (
    "/lib",
    "/lib32",
    "/lib64",
    "/usr/lib",
    "/usr/lib32",
    "/usr/lib64",
    "/usr/local/lib",
    "/usr/share/fonts",
    "/usr/share/locale",
    "/usr/share/zoneinfo",
    "/etc/ld.so.cache",
    "/etc/ld.so.preload",
    "/etc/localtime",
    "/etc/fonts",
    "/dev/null",
    "/dev/urandom",
    "/sys/devices/system/cpu",
)


def restrict_files(order: Order) -> str:
    """Allow reading libraries and executing ``order.programs`` only. Raise ``OSError`` if there is no Landlock."""
    version = find_version()
    with closing(Descriptor(create_ruleset(version))) as ruleset:
        allow(ruleset.number, [*list_readable(), *map(Path, order.folders)], READ_FILE | READ_DIR)
        if order.programs:
            # A program is started by the loader, which must be executable, too.
            allow(ruleset.number, map(Path, (*order.programs, *LOADERS)), READ_FILE | EXECUTE)
        syscall(RESTRICT_SELF, ruleset.number, 0)
    return f"Landlock {version}"


def find_version() -> int:
    """Return the version of Landlock's interface in this kernel. Raise ``OSError`` if there is none or it is off."""
    return syscall(CREATE_RULESET, None, 0, ASK_VERSION)


def create_ruleset(version: int) -> int:
    """Return the descriptor of a set of rules that handles everything that ``version`` knows and allows nothing."""
    files = (1 << max(bits for since, bits in FILE_ACCESSES.items() if since <= version)) - 1
    fields = (files, ALL_TCP if version >= 4 else 0, ALL_SCOPES if version >= 6 else 0)
    # Older kernels accept the longer structure if what they do not know is zero.
    attributes = struct.pack("=QQQ", *fields)
    return syscall(CREATE_RULESET, create_string_buffer(attributes, len(attributes)), len(attributes), 0)


def allow(ruleset: int, paths: Iterable[Path], rights: int) -> None:
    """Add a rule for each path. A path that is missing or may not be looked at gets none."""
    for path in paths:
        with suppress(OSError), closing(Descriptor(os.open(path, os.O_PATH | os.O_CLOEXEC))) as found:
            # A file has no right to be listed.
            fitting = rights if path.is_dir() else rights & ~READ_DIR
            rule = struct.pack("=Qi", fitting, found.number)
            syscall(ADD_RULE, ruleset, PATH_BENEATH, create_string_buffer(rule, len(rule)), 0)


def list_readable() -> list[Path]:
    """Return what a child may read: the interpreter, the libraries and our code, and nothing that people have sent.

    These are the folders and files that exist, links resolved, without those that are inside another one."""
    found = {path.resolve() for path in iterate_readable() if path.exists()}
    # With HOME among them, .env and the data folder could be read.
    found = {path for path in found if not HOME.is_relative_to(path)}
    return sorted(path for path in found if not found & set(path.parents))


def iterate_readable() -> Iterator[Path]:
    yield from (Path(name) for name in SYSTEM)
    yield from (HOME / name for name in CODE)
    yield from (Path(name) for name in sys.path if name)
    for prefix in (sys.prefix, sys.base_prefix):
        yield Path(prefix, "lib")
    yield Path(sysconfig.get_config_var("LIBDIR") or "/usr/lib")
    yield from (Path(name) for name in os.environ.get("LD_LIBRARY_PATH", "").split(":") if name)


class Descriptor:
    """A descriptor that ``closing`` closes."""

    def __init__(self, number: int) -> None:
        self.number = number

    def close(self) -> None:
        os.close(self.number)
