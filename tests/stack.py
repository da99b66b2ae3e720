"""Runs the whole of Socrate as real processes on free ports."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import httpx

ROOT = Path(__file__).parent.parent
TOKEN = "123456:TEST-token_of-the-stack"
START_SECONDS = 120.0


def find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def find_program(argument: str) -> str:
    """The absolute path of a program; it is started in a folder where no ``.env`` of a developer is read."""
    return str(ROOT / argument) if argument.endswith(".py") else argument


@dataclass
class Process:
    """A program of Socrate and its log file."""

    name: str
    arguments: list[str]
    environment: dict[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    _file: IO[bytes] | None = None

    def start(self) -> None:
        """Start it in a process group of its own, by which its children are found."""
        self._file = self.log.open("ab")
        self.process = subprocess.Popen(
            [sys.executable, *map(find_program, self.arguments)],
            cwd=self.log.parent,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=self._file,
            stderr=subprocess.STDOUT,
            process_group=0,
        )

    def wait(self, seconds: float = START_SECONDS) -> int:
        """Wait until it ends by itself; returns the exit code."""
        assert self.process is not None
        return self.process.wait(seconds)

    def stop(self, number: int = signal.SIGTERM, seconds: float = 30) -> int:
        assert self.process is not None and self._file is not None
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"{self.name} did not stop within {seconds} s") from None
        finally:
            self._file.close()


@dataclass
class Stack:
    """A sandbox and a Socrate that uses it; ``settings`` are environment variables that replace defaults."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)
    sandbox_url: str = ""
    web_url: str = ""
    processes: list[Process] = field(default_factory=list)
    groups: set[int] = field(default_factory=set)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def start(self, *, workers: bool = False) -> None:
        """Start the sandbox, the bot and, with ``workers``, a separate worker; returns when all are healthy."""
        sandbox_port, web_port = find_free_port(), int(self.settings.get("PORT") or find_free_port())
        self.sandbox_url, self.web_url = f"http://127.0.0.1:{sandbox_port}", f"http://127.0.0.1:{web_port}"
        self.run("sandbox", ["-m", "sandbox", "--port", str(sandbox_port), "--token", TOKEN])
        wait_until(lambda: httpx.get(f"{self.sandbox_url}/sandbox/people").status_code == 200, "the sandbox")
        self.settings |= {"PORT": str(web_port), "TELEGRAM_API_BASE_URL": self.sandbox_url}
        self.run("main", ["main.py"])
        if workers:
            self.run("worker", ["worker.py"])
        self.wait_healthy()

    def run(self, name: str, arguments: list[str]) -> Process:
        process = Process(name, arguments, self.make_environment(), self.folder / f"{name}.log")
        process.start()
        assert process.process is not None
        self.groups.add(process.process.pid)
        self.processes.append(process)
        return process

    def get(self, name: str) -> Process:
        return next(process for process in self.processes if process.name == name)

    def wait_healthy(self) -> None:
        wait_until(lambda: httpx.get(f"{self.web_url}/api/health").status_code == 200, "health", self.read_logs)

    def stop(self) -> None:
        for process in reversed(self.processes):
            process.stop()
        self.processes.clear()

    def make_environment(self) -> dict[str, str]:
        """The environment of a process, without settings of the one that runs the tests."""
        kept = {key: value for key, value in os.environ.items() if key in KEPT_VARIABLES}
        ours = {"TELEGRAM_BOT_TOKEN": TOKEN, "DATA_DIR": str(self.data), "LOG_LEVEL": "INFO", "OMP_NUM_THREADS": "2"}
        return kept | ours | {"PYTHONPATH": str(ROOT)} | self.settings

    def list_processes(self) -> list[int]:
        """Process ids of this stack, found by their process group; that of the queue by its socket.

        Their environment is not readable by everybody.
        """
        mark = f"unixsocket:{self.data}/".encode()
        return [
            int(folder.name)
            for folder in Path("/proc").glob("[0-9]*")
            if get_group(folder) in self.groups or mark in read_bytes(folder / "cmdline")
        ]

    def read_logs(self) -> str:
        return "\n".join(f"--- {log.name}\n{log.read_text()[-4000:]}" for log in sorted(self.folder.glob("*.log")))


def get_group(folder: Path) -> int:
    """The process group of a process in /proc; 0 if it is gone, or has ended and is not waited for yet."""
    fields = read_bytes(folder / "stat").rpartition(b")")[2].split()
    return int(fields[2]) if fields and fields[0] != b"Z" else 0


def read_bytes(path: Path) -> bytes:
    """The content of a file of /proc; empty if the process is gone or belongs to another user."""
    try:
        return path.read_bytes()
    except OSError:
        return b""


KEPT_VARIABLES = {
    "PATH",
    "HOME",
    "LANG",
    "TMPDIR",
    "PYTHONDONTWRITEBYTECODE",
    "LD_LIBRARY_PATH",
    "CI",
    "COVERAGE_PROCESS_CONFIG",
}


def wait_until(check: object, what: str, explain: object = None, seconds: float = START_SECONDS) -> None:
    """Call ``check()`` until it is true; connection errors count as false. AssertionError after ``seconds``."""
    assert callable(check)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if check():
                return
        except (httpx.HTTPError, OSError):
            pass
        time.sleep(0.1)
    more = explain() if callable(explain) else ""
    raise AssertionError(f"{what} did not come within {seconds} s\n{more}")
