"""Storage in a bucket of a server that speaks S3, for machines that share no folder."""

from __future__ import annotations

import hashlib
import logging
from base64 import b64encode
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import boto3
from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from errors import SettingsInvalid, StorageUnavailable
from settings import Bucket
from storage.keys import PROBES, split_key

MEGABYTE = 1024 * 1024
CONNECT_SECONDS, READ_SECONDS, ATTEMPTS = 5, 10, 3
MOST_CONNECTIONS = 32
# S3 deletes no more at once.
BATCH = 1000
MISSING = {"404", "NoSuchKey", "NotFound"}
log = logging.getLogger(__name__)


class S3Storage:
    """Objects of one bucket, named by its prefix and their key; ``workshop`` holds the copies being read."""

    def __init__(self, bucket: Bucket, scratch_directory: Path) -> None:
        self.bucket, self.scratch_directory = bucket, scratch_directory
        self.client = make_client(bucket)
        # In one piece up to here: what is killed on the way leaves no parts that nobody sees and somebody pays for.
        self.transfer = TransferConfig(
            multipart_threshold=64 * MEGABYTE,
            multipart_chunksize=16 * MEGABYTE,
            max_concurrency=4,
            num_download_attempts=2,
        )

    def save_file(self, key: str, source: Path) -> None:
        """An object appears with its last byte or not at all."""
        name = self._name(key)
        with translate_errors():
            self.client.upload_file(str(source), self.bucket.name, name, Config=self.transfer)

    @contextmanager
    def local_copy(self, key: str) -> Iterator[Path]:
        name = self._name(key)
        with translate_errors():
            self.scratch_directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            folder = TemporaryDirectory(prefix="copy-", dir=self.scratch_directory, ignore_cleanup_errors=True)
        with folder:
            path = Path(folder.name) / name.rpartition("/")[2]
            with translate_errors():
                self.client.download_file(self.bucket.name, name, str(path), Config=self.transfer)
            yield path

    def exists(self, key: str) -> bool:
        name = self._name(key)
        with translate_errors():
            try:
                self.client.head_object(Bucket=self.bucket.name, Key=name)
            except ClientError as error:
                if get_code(error) in MISSING:
                    return False
                raise
        return True

    def list_keys(self, prefix: str) -> Iterable[str]:
        folder = self._folder(prefix)
        return [name.removeprefix(self.bucket.prefix) for page in self._list_pages(folder) for name in page]

    def delete_tree(self, prefix: str) -> None:
        for page in self._list_pages(self._folder(prefix)):
            if page:
                self._delete(page)

    def delete_file(self, key: str) -> None:
        name = self._name(key)
        with translate_errors():
            self.client.delete_object(Bucket=self.bucket.name, Key=name)

    def check(self) -> None:
        """Write, read and delete a probe."""
        place = {"Bucket": self.bucket.name, "Key": self._name(f"{PROBES}{uuid4().hex}")}
        with translate_errors():
            self.client.put_object(**place, Body=b"probe")
            try:
                body = self.client.get_object(**place)["Body"].read()
            finally:
                self.client.delete_object(**place)
        if body != b"probe":
            raise StorageUnavailable

    def _name(self, key: str) -> str:
        return self.bucket.prefix + "/".join(split_key(key))

    def _folder(self, prefix: str) -> str:
        """With a slash at its end: tenant 1 is no beginning of tenant 11."""
        return f"{self._name(prefix)}/"

    def _list_pages(self, folder: str) -> Iterator[list[str]]:
        """Names of objects below ``folder``, at most ``BATCH`` at once."""
        with translate_errors():
            pages = self.client.get_paginator("list_objects_v2").paginate(
                Bucket=self.bucket.name, Prefix=folder, PaginationConfig={"PageSize": BATCH}
            )
            for page in pages:
                yield [item["Key"] for item in page.get("Contents", ())]

    def _delete(self, names: list[str]) -> None:
        """S3 answers 200 and says in the answer which of them it did not delete."""
        objects = [{"Key": name} for name in names]
        with translate_errors():
            answer = self.client.delete_objects(Bucket=self.bucket.name, Delete={"Objects": objects, "Quiet": True})
        if answer.get("Errors"):
            log.warning("storage_failed", extra={"error": answer["Errors"][0].get("Code", "")})
            raise StorageUnavailable


def make_client(bucket: Bucket) -> Any:
    """Thread-safe; credentials come from boto3's own chain. ``SettingsInvalid`` where the client cannot be made."""
    config = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        max_pool_connections=MOST_CONNECTIONS,
        tcp_keepalive=True,
        # Not every server that speaks S3 knows the newer checksums, or has a host name for each bucket.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        s3={"addressing_style": "path"} if bucket.endpoint else {},
    )
    try:
        client = boto3.session.Session().client(
            "s3", endpoint_url=bucket.endpoint, region_name=bucket.region, config=config
        )
    except (BotoCoreError, ValueError) as error:
        raise SettingsInvalid(problems=[f"STORAGE_URL: no client for it could be made ({error})."]) from error
    client.meta.events.register("before-sign.s3.DeleteObjects", add_md5)
    return client


def add_md5(request: Any, **_more: object) -> None:
    """Older servers delete several objects at once only with this header; boto3 sends a newer one."""
    digest = hashlib.md5(request.body, usedforsecurity=False).digest()
    request.headers["Content-MD5"] = b64encode(digest).decode()


@contextmanager
def translate_errors() -> Iterator[None]:
    """Whatever the client, the server or the local disk says becomes ``StorageUnavailable``, its kind in the log."""
    try:
        yield
    except (BotoCoreError, ClientError, Boto3Error, OSError) as error:
        code = get_code(error) if isinstance(error, ClientError) else type(error).__name__
        log.warning("storage_failed", extra={"error": code})
        raise StorageUnavailable from error


def get_code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
