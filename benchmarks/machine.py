"""Describes the machine, measures its peak in operations a second, and reads the memory of this process."""

from __future__ import annotations

import os
import platform
import time
from pathlib import Path

PEAK_SIDE = 2048
PEAK_ROUNDS = 5


def describe_machine() -> dict[str, object]:
    import torch

    return {
        "processor": find_processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3, 1),
        "system": platform.platform(),
        "python": platform.python_version(),
        "torch": torch.__version__,
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


def measure_peak(bfloat16: bool) -> float:
    """Return the most floating point operations a second in ``PEAK_ROUNDS`` products of large matrices."""
    import torch

    use_all_cores()
    kind = torch.bfloat16 if bfloat16 else torch.float32
    one = torch.randn(PEAK_SIDE, PEAK_SIDE, dtype=kind)
    best = min(time_product(one) for _ in range(PEAK_ROUNDS))
    return 2 * PEAK_SIDE**3 / best


def time_product(matrix: object) -> float:
    import torch

    assert isinstance(matrix, torch.Tensor)
    began = time.perf_counter()
    torch.mm(matrix, matrix)
    return time.perf_counter() - began


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
