"""Each lock closes what it is there for, alone and as another user; what a kernel lacks stops nothing and is shown."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from processing.locks import probe, table
from processing.locks.landlock import HOME, find_version, list_readable
from processing.locks.order import Order, read_order
from processing.locks.probe import UNKNOWN, Findings, LockReport, list_locks, read_findings
from processing.locks.seccomp import build_filter
from processing.locks.table import LOCKS, Lock, apply_locks

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="the locks are those of Linux")
ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
ORDER = Order("module", ("a", "b"), 5, 1024, 7, ("/bin/true",), ("/usr/share/x",))
ONLY = """
import sys
from processing.locks import child, table
table.LOCKS = tuple(lock for lock in table.LOCKS if lock.name in sys.argv[2:])
child.main()
"""


def needs_landlock(version: int = 1) -> None:
    try:
        found = find_version()
    except OSError:
        pytest.skip("this kernel has no Landlock")
    if found < version:
        pytest.skip(f"this kernel's Landlock has version {found}, not {version}")


def probe_with(tmp_path: Path, *names: str) -> set[str]:
    """What is closed to the probe's child with these locks only."""
    path = tmp_path / "file"
    path.write_text("probe")
    order = Order(probe.MODULE, (str(path), str(os.getpid())), -1, probe.MEMORY, probe.CPU_SECONDS)
    command = [sys.executable, "-c", ONLY, order.write(), *names]
    done = subprocess.run(command, cwd=HOME, capture_output=True, timeout=60, check=True)
    return set(json.loads(done.stdout)["closed"])


@LINUX
def test_all_locks_together_close_everything() -> None:
    needs_landlock()
    assert list_locks().open == ()


@LINUX
def test_without_locks_the_probe_finds_everything_open(tmp_path: Path) -> None:
    assert probe_with(tmp_path) == set()


@LINUX
def test_landlock_alone_closes_files_and_other_processes(tmp_path: Path) -> None:
    needs_landlock(6)
    closed = probe_with(tmp_path, "privileges", "landlock")
    assert closed >= {"files", "other processes", "signals", "writing"}


@LINUX
def test_the_filter_alone_closes_network_signals_writing_and_programs(tmp_path: Path) -> None:
    closed = probe_with(tmp_path, "privileges", "seccomp")
    assert closed >= {"network", "signals", "writing", "programs"}
    assert "files" not in closed


@LINUX
@ROOT
def test_another_user_alone_may_send_no_signal_and_see_no_process(tmp_path: Path) -> None:
    needs_landlock()
    assert probe_with(tmp_path, "privileges", "user") >= {"other processes", "signals"}


def test_a_lock_that_the_kernel_lacks_stops_nothing_and_is_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_order: Order) -> str:
        raise OSError("not in this kernel")

    monkeypatch.setattr(table, "LOCKS", (Lock("missing", refuse), Lock("there", lambda order: "a lock")))
    assert apply_locks(ORDER) == {"there": "a lock"}


def test_what_stays_open_is_said_first() -> None:
    findings = Findings(("signals", "writing"), ("seccomp",))
    assert findings.open == ("files", "network", "other processes", "programs")
    assert findings.describe() == (
        "Open to a hostile file: files, network, other processes, programs. Closed: signals, writing. Locks: seccomp."
    )
    assert "Nothing is closed." in Findings((), ()).describe()


def test_a_probe_that_ends_early_has_found_nothing() -> None:
    with pytest.raises(OSError, match="did not end"):
        read_findings(b"")


def test_the_report_never_waits_and_tries_again_after_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    results: list[OSError | Findings] = [OSError("no memory"), Findings(probe.RIGHTS, ("seccomp",))]

    def find() -> Findings:
        result = results.pop(0)
        if isinstance(result, OSError):
            raise result
        return result

    monkeypatch.setattr(probe, "list_locks", find)
    report = LockReport()
    for _ in range(2):
        assert report.describe() == UNKNOWN
        assert report._thread is not None
        report._thread.join()
    assert report.describe().startswith("Closed: files, network")
    assert results == []


def test_an_order_is_read_as_it_was_written() -> None:
    assert read_order(ORDER.write()) == ORDER


def test_settings_and_data_are_not_among_what_may_be_read() -> None:
    allowed = list_readable()
    for path in (HOME / ".env", HOME / "data" / "socrate.db", HOME, Path("/proc"), Path.home(), Path("/etc/passwd")):
        assert not any(path.is_relative_to(folder) for folder in allowed), path


@LINUX
def test_no_jump_of_the_filter_leaves_the_program() -> None:
    for order in (ORDER, Order("module", (), -1, 1, 1)):
        program = build_filter(order)
        assert len(program) < 4096
        for index, (_, yes, no, _) in enumerate(program):
            assert max(yes, no) < 256 and index + max(yes, no) < len(program)


def test_every_lock_has_its_name_once() -> None:
    assert len({lock.name for lock in LOCKS}) == len(LOCKS)


def test_a_process_may_open_as_many_connections_as_the_system_allows() -> None:
    code = (
        "import resource; from processing.locks.limits import raise_descriptors;"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (256, 2048)); raise_descriptors();"
        "print(resource.getrlimit(resource.RLIMIT_NOFILE))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "(2048, 2048)"
