"""A reader that a hostile file has taken over reaches nothing: no other file, process, network or program."""

from __future__ import annotations

import errno
import json
import os
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from processing.locks import end_child, start_child
from processing.locks.landlock import find_version

MODULE, RUNNER = "tests.integration.reading.hostile", "tests.integration.reading.runner"
REFUSED = {os.strerror(number) for number in (errno.EPERM, errno.EACCES, errno.ENOSYS)}
MEMORY, CPU_SECONDS = 512 * 1024 * 1024, 20
# What only Landlock closes. Another user helps where the files are not everybody's.
BY_LANDLOCK = ("read ", "list ")
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the locks are those of Linux")


def start(module: str, *arguments: str, **more: Any) -> subprocess.Popen[bytes]:
    """Start a module of the tests as a reader is started. Unlike the readers' code, its own must be named."""
    code = Path(__file__).with_name(f"{module.rpartition('.')[2]}.py")
    return start_child(module, *arguments, memory=MEMORY, cpu_seconds=CPU_SECONDS, folders=[str(code)], **more)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the file to read and what nobody but the worker may read."""
    folder = tmp_path_factory.mktemp("data")
    original = folder / "storage" / "tenants" / "2" / "documents" / "7" / "original"
    original.parent.mkdir(parents=True)
    for path in (original, folder / "env", folder / "socrate.db"):
        path.write_text("TELEGRAM_BOT_TOKEN=secret")
    (folder / "own").write_text("The walrus dives.")
    return folder


@pytest.fixture(scope="module")
def report(data: Path) -> dict[str, Any]:
    """What became of every attempt of the hostile reader."""
    with ExitStack() as stack:
        tcp = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        udp = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        udp.bind(("127.0.0.1", 0))
        unix, abstract = (stack.enter_context(socket.socket(socket.AF_UNIX)) for _ in range(2))
        unix.bind(str(data / "queue.sock"))
        abstract.bind(f"\0socrate-{os.getpid()}")
        unix.listen()
        abstract.listen()
        places = {
            "data": str(data),
            "original": str(data / "storage/tenants/2/documents/7/original"),
            "env": str(data / "env"),
            "database": str(data / "socrate.db"),
            "passwd": "/etc/passwd",
            "tcp": tcp.getsockname(),
            "udp": udp.getsockname(),
            "unix": str(data / "queue.sock"),
            "abstract": f"socrate-{os.getpid()}",
            "descriptor": 5,
        }
        child = start(MODULE, json.dumps(places), file=data / "own")
        try:
            output, _ = child.communicate(timeout=60)
        finally:
            end_child(child)
    return dict(json.loads(output))


def test_every_attempt_is_refused(report: dict[str, Any]) -> None:
    try:
        find_version()
        unlocked: tuple[str, ...] = ()
    except OSError:
        unlocked = BY_LANDLOCK
    done = {name: said for name, said in report["results"].items() if said not in REFUSED and name != "thread"}
    assert {name: said for name, said in done.items() if not name.startswith(unlocked or "-")} == {}


def test_nothing_is_changed_by_it(report: dict[str, Any], data: Path) -> None:
    assert report["results"]
    assert not list(data.rglob("hostile"))
    assert (data / "storage/tenants/2/documents/7/original").read_text() == "TELEGRAM_BOT_TOKEN=secret"


def test_it_reads_its_own_file_and_may_use_threads(report: dict[str, Any]) -> None:
    assert report["file"] == "The walrus dives."
    assert report["results"]["thread"] == "done"


def test_it_has_no_other_descriptor_than_its_own(report: dict[str, Any]) -> None:
    # Input, output, errors, the file, and a second number of the output.
    assert len(report["descriptors"]) == 5 and report["descriptors"][:3] == [0, 1, 2]


def test_its_environment_holds_no_setting(report: dict[str, Any]) -> None:
    names = {"PATH", "LANG", "LD_LIBRARY_PATH", "PYTHONDONTWRITEBYTECODE", "OMP_NUM_THREADS", "LC_CTYPE"}
    assert set(report["environment"]) <= names


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_under_root_it_is_another_user_without_groups(report: dict[str, Any]) -> None:
    assert report["user"] >= 65534 and report["groups"] == []


def test_a_program_runs_only_if_it_is_named() -> None:
    try:
        find_version()
    except OSError:
        pytest.skip("this kernel has no Landlock")
    said = []
    for program in ("/usr/bin/env", "/usr/bin/id"):
        child = start(RUNNER, program, programs=["/usr/bin/env"])
        try:
            said.append(child.communicate(timeout=60)[0].decode())
        finally:
            end_child(child)
    assert said[0].startswith("0") and said[1] == "Permission denied"
