"""Describes the machine, and reads the memory of this process."""

from __future__ import annotations

import os
import platform
from pathlib import Path


def describe_machine() -> dict[str, object]:
    return {
        "processor": find_processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3, 1),
        "system": platform.platform(),
        "python": platform.python_version(),
        "load_at_start": os.getloadavg()[0],
    }


def find_processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def use_all_cores() -> None:
    """Let torch use all cores in this thread. The embedder has limited torch to one core for each thread."""
    import torch

    torch.set_num_threads(len(os.sched_getaffinity(0)))


def read_peak_memory() -> int:
    """Return the most bytes of memory that this process has used so far."""
    return read_status("VmHWM")


def read_memory() -> int:
    """Return the bytes of memory that this process uses now."""
    return read_status("VmRSS")


def read_status(name: str) -> int:
    """Return a value of ``/proc/self/status`` in bytes, or 0 if it is not there."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    return 0
