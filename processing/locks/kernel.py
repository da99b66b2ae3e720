"""Calls of the Linux kernel that Python does not offer."""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import sys
from ctypes import create_string_buffer

CAPABILITIES_VERSION = 0x20080522


def check_linux() -> None:
    """Raise ``OSError`` on other systems."""
    if sys.platform != "linux":
        raise OSError(errno.ENOSYS, "not Linux")


def prctl(option: int, *values: int) -> None:
    """Call ``prctl(2)``; values that are not given are 0. Raise ``OSError``."""
    padded = (*values, 0, 0, 0, 0)[:4]
    _check(_load().prctl(option, *map(ctypes.c_ulong, padded)))


def syscall(number: int, *values: int | ctypes.Array[ctypes.c_char] | None) -> int:
    """Make a system call by its number and return its result. A buffer is passed by its address. Raise ``OSError``."""
    return _check(_load().syscall(ctypes.c_long(number), *map(_convert, values)))


def set_capabilities(bits: int) -> None:
    """Make ``bits`` the effective and permitted capabilities of this process, of which it can pass on none."""
    header = struct.pack("=Ii", CAPABILITIES_VERSION, 0)
    data = struct.pack("=IIIIII", bits, bits, 0, 0, 0, 0)
    _check(_load().capset(create_string_buffer(header, len(header)), create_string_buffer(data, len(data))))


def _convert(value: int | ctypes.Array[ctypes.c_char] | None) -> object:
    return ctypes.c_long(value) if isinstance(value, int) else value


def _load() -> ctypes.CDLL:
    check_linux()
    return ctypes.CDLL(None, use_errno=True)


def _check(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
