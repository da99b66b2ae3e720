"""Keeps the secrets of a process out of its environment, and hands them to its children through a pipe.

Everybody who may read ``/proc/<pid>/environ`` reads there what a process was started with, long after it has removed
the variables from its own environment.
"""

from __future__ import annotations

import ctypes
import json
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from processing.locks.limits import hide_memory
from settings import SECRETS, Settings

# The environment variable in which a child finds the number of the pipe's end with its secrets.
VARIABLE = "SOCRATE_SECRETS"
# boto3 reads them when a client is made, and not later.
BUCKET_SECRETS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
# Positions of env_start and env_end in /proc/self/stat, counted after the command's name (proc_pid_stat(5)).
ENV_START, ENV_END = 47, 48


def take_over() -> None:
    """Put the secrets that the parent has sent into the environment of this process, for ``load_settings``."""
    number = os.environ.pop(VARIABLE, "")
    if number:
        with os.fdopen(int(number), "rb") as pipe:
            os.environ.update(json.loads(pipe.read()))


def protect() -> None:
    """Remove the secrets from this process's environment, and keep other processes of the user out of its memory.

    Call it once the settings are loaded, before any other thread is started. The bucket's secrets stay until
    ``forget_bucket``, but are no longer in ``/proc``. On systems other than Linux the memory is not protected.
    """
    for name in BUCKET_SECRETS:
        if name in os.environ:
            # Now the value stands in other memory than the one that is erased.
            os.environ[name] = os.environ[name]
    forget(name.upper() for name in SECRETS)
    with suppress(OSError):
        hide_memory()


def forget_bucket() -> None:
    """Remove the bucket's secrets from the environment: the client has been made."""
    forget(BUCKET_SECRETS)


def forget(names: Iterable[str]) -> None:
    for name in names:
        os.environ.pop(name, None)
    with suppress(OSError):
        erase((*(name.upper() for name in SECRETS), *BUCKET_SECRETS))


def erase(names: Iterable[str]) -> None:
    """Overwrite the variables in the memory that ``/proc/self/environ`` shows: what this process was started with.

    Raise ``OSError`` where there is no ``/proc``.
    """
    wanted = {name.encode() for name in names}
    fields = Path("/proc/self/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    start, end = int(fields[ENV_START]), int(fields[ENV_END])
    offset = 0
    for entry in ctypes.string_at(start, end - start).split(b"\0"):
        if entry.partition(b"=")[0] in wanted:
            ctypes.memset(start + offset, 0, len(entry))
        offset += len(entry) + 1


def collect_secrets(settings: Settings) -> dict[str, str]:
    """Return the secrets that a child worker needs, by the names of their variables."""
    return settings.secrets | {name: os.environ[name] for name in BUCKET_SECRETS if name in os.environ}


def open_pipe(secrets: Mapping[str, str]) -> int:
    """Return the end of a pipe from which a child reads the secrets with ``take_over``. The caller closes it."""
    read_end, write_end = os.pipe()
    # A pipe takes at least 4 KB at once. More than it takes is an error here and no supervisor that waits.
    os.set_blocking(write_end, False)
    with os.fdopen(write_end, "wb", buffering=0) as pipe:
        data = json.dumps(dict(secrets)).encode()
        if pipe.write(data) != len(data):
            os.close(read_end)
            raise ValueError("the secrets are too long for a pipe")
    return read_end
