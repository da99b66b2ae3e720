"""A Valkey server that stories stop and start."""

from __future__ import annotations

import subprocess
from pathlib import Path

import redis

from processing.runtime.embedded_valkey import get_server
from tests.stack import find_free_port, wait_until


class QueueServer:
    """A server on loopback; its port stays the same when it is stopped and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, find_free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        command = [str(get_server()), "--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(self.folder)]
        self.process = subprocess.Popen([*command, "--save", ""], stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        wait_until(self.answers, "the queue")

    def stop(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False
