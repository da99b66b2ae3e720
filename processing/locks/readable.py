"""What a locked child may read: the interpreter, the libraries and our code, and nothing that people have sent."""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

HOME = Path(__file__).parent.parent.parent
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


def list_readable() -> list[Path]:
    """Return the folders and files that exist, links resolved, without those that are inside another one."""
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
