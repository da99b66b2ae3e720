"""Another user for every child, where this process is root."""

from __future__ import annotations

import errno
import os
import resource
from collections.abc import Iterable
from pathlib import Path

from processing.locks.kernel import check_linux, prctl, set_capabilities
from processing.locks.landlock import find_version, list_readable
from processing.locks.order import Order

# Far above the ids that accounts, containers and services get; the process id makes it another one for each child.
FIRST_USER = 2_000_000_000
# "nobody", for containers that know few user ids.
NOBODY = 65534
# Processes and threads of that user, which has no others.
MOST_THREADS = 64
PR_SET_KEEPCAPS = 8
DAC_READ_SEARCH = 2
OTHERS_MAY_ENTER, OTHERS_MAY_READ = 0o001, 0o004


def become_another(_order: Order) -> str:
    """Become a user and a group without any other process or file, and without capabilities.

    One capability is kept if only root can reach the libraries, as below ``/root``: that to read files. It is kept only
    together with Landlock, which still limits what can be read. Raise ``OSError`` if this process is not root, or if
    the libraries would be out of reach.
    """
    check_linux()
    if os.geteuid() != 0:
        raise OSError(errno.EPERM, "not root")
    capabilities = 0 if is_open_to_all(list_readable()) else 1 << DAC_READ_SEARCH
    if capabilities:
        find_version()
        prctl(PR_SET_KEEPCAPS, 1)
    switch_user()
    set_capabilities(capabilities)
    resource.setrlimit(resource.RLIMIT_NPROC, (MOST_THREADS, MOST_THREADS))
    return "another user"


def switch_user() -> None:
    os.setgroups([])
    user = FIRST_USER + os.getpid()
    try:
        os.setresgid(user, user, user)
    except OSError:
        user = NOBODY
        os.setresgid(user, user, user)
    os.setresuid(user, user, user)


def is_open_to_all(paths: Iterable[Path]) -> bool:
    """Return whether every user can reach and read the paths. Files inside folders are not looked at."""
    return all(path.stat().st_mode & OTHERS_MAY_READ and all(map(may_enter, path.parents)) for path in paths)


def may_enter(folder: Path) -> bool:
    return bool(folder.stat().st_mode & OTHERS_MAY_ENTER)
