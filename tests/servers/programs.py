"""Servers that tests start on free ports and stop: PostgreSQL, and one with the API of S3."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import create_engine, text

from tests.stack import find_free_port

SUPERUSER = "postgres"


def find_postgres() -> Path | None:
    """The folder with ``initdb`` and ``pg_ctl`` on the PATH, else the newest of Debian's packages, else None."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return installed[-1].parent if installed else None


class PostgresServer:
    """A cluster in a temporary folder; the server refuses to run as root, so root runs it as ``postgres``.

    A ``durable`` one keeps every commit over a crash; the others are faster.
    """

    def __init__(self, programs: Path, *, durable: bool = False) -> None:
        self.programs, self.port, self.durable = programs, find_free_port(), durable
        self.user = SUPERUSER if os.getuid() == 0 else None
        self.folder = Path(tempfile.mkdtemp(prefix="socrate-postgres-"))
        if self.user:
            shutil.chown(self.folder, self.user)

    def start(self) -> None:
        data = str(self.folder / "data")
        self._run("initdb", "-D", data, "-U", SUPERUSER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        self.resume()

    def resume(self) -> None:
        data, log = str(self.folder / "data"), str(self.folder / "log")
        more = "-c max_connections=60"
        if not self.durable:
            more += " -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 {more}"
        self._run("pg_ctl", "-D", data, "-l", log, "-o", options, "-w", "-t", "120", "start")

    def halt(self) -> None:
        """Stop at once, as in a crash; ``resume`` starts it again."""
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "-w", "stop")

    def stop(self) -> None:
        self.halt()
        shutil.rmtree(self.folder, ignore_errors=True)

    def make_database(self, template: str = "template1") -> str:
        """The URL of a new database: empty, or a copy of ``template``, which must have no connections."""
        name = f"socrate_{uuid4().hex}"
        administration = create_engine(
            self._url("postgres").replace("postgresql:", "postgresql+psycopg2:"), isolation_level="AUTOCOMMIT"
        )
        with administration.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
        administration.dispose()
        return self._url(name)

    def _url(self, name: str) -> str:
        return f"postgresql://{SUPERUSER}@127.0.0.1:{self.port}/{name}"

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self.programs / program), *arguments]
        quiet = subprocess.DEVNULL
        subprocess.run(command, user=self.user, cwd=self.folder, stdin=quiet, stdout=quiet, check=True, timeout=180)


S3_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test-key", "AWS_SECRET_ACCESS_KEY": "test-secret"}


class S3Server:
    """Buckets in memory, over real HTTP; clients need ``S3_CREDENTIALS`` in the environment."""

    def __init__(self) -> None:
        self._port = find_free_port()
        self.endpoint = f"http://127.0.0.1:{self._port}"
        self.start()

    def start(self) -> None:
        """Start, or start again after a stop; the buckets are kept."""
        from moto.server import ThreadedMotoServer

        self._server = ThreadedMotoServer("127.0.0.1", port=self._port, verbose=False)
        self._server.start()

    def stop(self) -> None:
        self._server.stop()

    def make_bucket(self) -> str:
        """The address of a new bucket, with a prefix, as ``STORAGE_URL`` takes it."""
        name = f"bucket-{uuid4().hex}"
        self.client.create_bucket(Bucket=name)
        return f"s3://{name}/some/prefix?endpoint={self.endpoint}&region=us-east-1"

    def list_objects(self, url: str) -> list[str]:
        """Names of all objects in the bucket of that address, whatever their prefix."""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=url.split("/")[2])
        return [item["Key"] for page in pages for item in page.get("Contents", ())]

    @cached_property
    def client(self) -> Any:
        import boto3

        key, secret = S3_CREDENTIALS.values()
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id=key,
            aws_secret_access_key=secret,
        )
