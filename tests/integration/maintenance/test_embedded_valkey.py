"""The embedded Valkey is started, started again after a kill, and reused if it is still running."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from processing.runtime.embedded_valkey import LONGEST_SOCKET_PATH, EmbeddedValkey, choose_socket
from settings import Settings
from tests.stack import wait_until
from wiring import get_budget_url


def connect(server: EmbeddedValkey) -> redis.Redis:
    return redis.Redis.from_url(server.url, socket_timeout=5)


def find_pid(server: EmbeddedValkey) -> int:
    with connect(server) as client:
        return int(client.info("server")["process_id"])


def is_answering(server: EmbeddedValkey) -> bool:
    try:
        with connect(server) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedValkey]:
    made = EmbeddedValkey(tmp_path / "valkey")
    made.start()
    yield made
    made.stop()


def test_server_listens_on_its_socket_only_and_writes_its_data_to_disk(server: EmbeddedValkey) -> None:
    with connect(server) as client:
        assert client.config_get("port")["port"] == "0"
        assert client.config_get("appendonly")["appendonly"] == "yes"
    assert server.folder.stat().st_mode & 0o777 == 0o700
    assert server.socket.stat().st_mode & 0o077 == 0


def test_killed_server_is_started_again_with_its_data(server: EmbeddedValkey) -> None:
    before = find_pid(server)
    with connect(server) as client:
        client.set("word", "kept")
        # By default the file is written once a second; wake-ups may be lost, messages are in the database.
        client.config_set("appendfsync", "always")
        client.set("other", "kept too")
    os.kill(before, signal.SIGKILL)
    wait_until(lambda: is_answering(server) and find_pid(server) != before, "a new server")
    with connect(server) as client:
        assert (client.get("word"), client.get("other")) == (b"kept", b"kept too")


def test_stopped_server_keeps_its_data(tmp_path: Path) -> None:
    first = EmbeddedValkey(tmp_path / "valkey")
    first.start()
    with connect(first) as client:
        client.set("word", "kept")
    first.stop()
    assert not is_answering(first)
    second = EmbeddedValkey(tmp_path / "valkey")
    second.start()
    try:
        with connect(second) as client:
            assert client.get("word") == b"kept"
    finally:
        second.stop()


def test_a_damaged_file_does_not_keep_it_from_starting(tmp_path: Path) -> None:
    server = EmbeddedValkey(tmp_path / "valkey")
    server.start()
    with connect(server) as client:
        client.set("word", "kept")
    server.stop()
    [written] = (tmp_path / "valkey" / "appendonlydir").glob("*.incr.aof")
    with written.open("ab") as file:
        file.write(bytes(4096))
    server = EmbeddedValkey(tmp_path / "valkey")
    server.start()
    try:
        with connect(server) as client:
            assert client.get("word") is None
            client.set("word", "new")
    finally:
        server.stop()


def test_running_server_is_reused_by_the_next_start(server: EmbeddedValkey, tmp_path: Path) -> None:
    second = EmbeddedValkey(tmp_path / "valkey")
    second.start()
    assert find_pid(second) == find_pid(server)
    second.stop()
    assert second._process is None


def test_socket_of_a_dead_server_is_replaced(tmp_path: Path) -> None:
    folder = tmp_path / "valkey"
    folder.mkdir()
    (folder / "valkey.sock").touch()
    server = EmbeddedValkey(folder)
    server.start()
    assert is_answering(server)
    server.stop()


def test_a_long_path_gets_a_short_socket(tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 30) / "valkey"
    server = EmbeddedValkey(folder)
    assert len(str(server.socket)) <= LONGEST_SOCKET_PATH
    assert server.socket == choose_socket(folder), "a worker computes the same path"
    assert server.socket != choose_socket(tmp_path / ("other" * 30))
    server.start()
    try:
        assert is_answering(server)
        assert server.socket.parent.stat().st_mode & 0o777 == 0o700
        assert any(folder.iterdir()), "the data is in the folder itself"
    finally:
        server.stop()
        server.socket.parent.rmdir()


def test_queue_and_budget_are_separate_databases(server: EmbeddedValkey) -> None:
    budget_url = get_budget_url(Settings(redis_url=server.url))
    with connect(server) as queue, redis.Redis.from_url(budget_url) as budget:
        queue.set("word", "queue")
        assert budget.get("word") is None
