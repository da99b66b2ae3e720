"""Storage in an S3 bucket, for several machines that share no folder."""

from __future__ import annotations

import hashlib
import logging
from base64 import b64encode
from collections.abc import Iterator
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
# S3 lists or deletes at most this many objects in one request.
BATCH = 1000
MISSING = {"404", "NoSuchKey", "NotFound"}
log = logging.getLogger(__name__)


class S3Storage:
    """``ports.Storage`` in a bucket. An object is named by the bucket's prefix and its key.

    ``scratch_directory`` holds the local copies of objects while they are read.
    """

    def __init__(self, bucket: Bucket, scratch_directory: Path) -> None:
        self.bucket, self.scratch_directory = bucket, scratch_directory
        self.client = make_client(bucket)
        # Files below the threshold are uploaded in one request, which leaves nothing behind if it is killed. The parts
        # of a killed multipart upload stay in the bucket and cost money.
        self.transfer = TransferConfig(
            multipart_threshold=64 * MEGABYTE,
            multipart_chunksize=16 * MEGABYTE,
            max_concurrency=4,
            num_download_attempts=2,
        )

    def save_file(self, key: str, source: Path) -> None:
        """Upload the file. Readers see the object only once it is complete."""
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
        return self._find_size(key) is not None

    def get_size(self, key: str) -> int:
        return self._find_size(key) or 0

    def list_keys(self, prefix: str) -> Iterator[str]:
        folder = self._folder(prefix)
        return (name.removeprefix(self.bucket.prefix) for page in self._iterate_pages(folder) for name in page)

    def delete_tree(self, prefix: str) -> None:
        for page in self._iterate_pages(self._folder(prefix)):
            if page:
                self._delete(page)

    def delete_file(self, key: str) -> None:
        name = self._name(key)
        with translate_errors():
            self.client.delete_object(Bucket=self.bucket.name, Key=name)

    def check(self) -> None:
        """Write, read and delete a small object."""
        probe = {"Bucket": self.bucket.name, "Key": self._name(f"{PROBES}{uuid4().hex}")}
        with translate_errors():
            self.client.put_object(**probe, Body=b"probe")
            try:
                body = self.client.get_object(**probe)["Body"].read()
            finally:
                self.client.delete_object(**probe)
        if body != b"probe":
            raise StorageUnavailable

    def _find_size(self, key: str) -> int | None:
        """Return the bytes of the object, None if it is missing."""
        name = self._name(key)
        with translate_errors():
            try:
                return int(self.client.head_object(Bucket=self.bucket.name, Key=name)["ContentLength"])
            except ClientError as error:
                if get_code(error) in MISSING:
                    return None
                raise

    def _name(self, key: str) -> str:
        return self.bucket.prefix + "/".join(split_key(key))

    def _folder(self, prefix: str) -> str:
        """Return the name with a slash at its end, so that the folder of tenant 1 does not match that of tenant 11."""
        return f"{self._name(prefix)}/"

    def _iterate_pages(self, folder: str) -> Iterator[list[str]]:
        """Yield the names of the objects below ``folder``, ``BATCH`` at a time."""
        with translate_errors():
            pages = self.client.get_paginator("list_objects_v2").paginate(
                Bucket=self.bucket.name, Prefix=folder, PaginationConfig={"PageSize": BATCH}
            )
            for page in pages:
                yield [item["Key"] for item in page.get("Contents", ())]

    def _delete(self, names: list[str]) -> None:
        """Delete objects. S3 answers with status 200 even if it could not delete some; the body lists those."""
        objects = [{"Key": name} for name in names]
        with translate_errors():
            answer = self.client.delete_objects(Bucket=self.bucket.name, Delete={"Objects": objects, "Quiet": True})
        if answer.get("Errors"):
            log.warning("storage_failed", extra={"error": answer["Errors"][0].get("Code", "")})
            raise StorageUnavailable


def make_client(bucket: Bucket) -> Any:
    """Return a thread-safe client. Raise ``SettingsInvalid`` if boto3 refuses the address.

    boto3 finds the credentials in the environment, in a profile or in the machine's role.
    """
    config = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        max_pool_connections=MOST_CONNECTIONS,
        tcp_keepalive=True,
        # Not every S3 server knows the newer checksums, or has a host name for each bucket.
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
    """Add Content-MD5, without which older servers refuse to delete several objects; boto3 sends a newer checksum."""
    digest = hashlib.md5(request.body, usedforsecurity=False).digest()
    request.headers["Content-MD5"] = b64encode(digest).decode()


@contextmanager
def translate_errors() -> Iterator[None]:
    """Log errors of the client, the server and the local disk, and raise ``StorageUnavailable`` for them."""
    try:
        yield
    except (BotoCoreError, ClientError, Boto3Error, OSError) as error:
        code = get_code(error) if isinstance(error, ClientError) else type(error).__name__
        log.warning("storage_failed", extra={"error": code})
        raise StorageUnavailable from error


def get_code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
