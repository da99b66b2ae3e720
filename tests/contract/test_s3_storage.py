"""What only S3 storage has to cope with: pages of keys, partial deletions, a server or credentials missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from errors import SettingsInvalid, StorageUnavailable
from settings import read_bucket
from storage import s3
from storage.keys import document_prefix, original_key, tenant_prefix
from storage.s3 import S3Storage
from tests.servers.programs import S3_CREDENTIALS, S3Server

KEY = original_key(1, "a" * 16)


@pytest.fixture
def storage(bucket_url: str, tmp_path: Path) -> S3Storage:
    return S3Storage(read_bucket(bucket_url), tmp_path / "scratch")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source"
    path.write_bytes(b"1")
    return path


def test_storage_touches_only_objects_below_its_prefix(
    storage: S3Storage, s3_server: S3Server, bucket_url: str, source: Path
) -> None:
    foreign = {"Bucket": storage.bucket.name, "Key": "some/prefix-of-others/tenants/1/x"}
    storage.client.put_object(**foreign, Body=b"theirs")
    storage.save_file(KEY, source)
    assert s3_server.list_objects(bucket_url) == [foreign["Key"], f"some/prefix/{KEY}"]
    assert list(storage.list_keys("tenants/")) == [KEY]
    storage.delete_tree("tenants/")
    assert s3_server.list_objects(bucket_url) == [foreign["Key"]]


def test_local_copy_is_deleted_at_the_end_of_its_context(storage: S3Storage, source: Path) -> None:
    storage.save_file(KEY, source)
    with storage.local_copy(KEY) as path:
        assert path.is_relative_to(storage.scratch_directory) and path.read_bytes() == b"1"
        assert path.parent.stat().st_mode & 0o777 == 0o700
    assert list(storage.scratch_directory.iterdir()) == []
    with pytest.raises(RuntimeError), storage.local_copy(KEY):
        raise RuntimeError
    with pytest.raises(StorageUnavailable), storage.local_copy(original_key(1, "b" * 16)):
        pass
    assert list(storage.scratch_directory.iterdir()) == []


def test_large_file_is_uploaded_in_parts_and_read_back_whole(
    storage: S3Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = tmp_path / "large"
    large.write_bytes(bytes(range(256)) * 50_000)
    monkeypatch.setattr(storage.transfer, "multipart_threshold", 6_000_000)
    monkeypatch.setattr(storage.transfer, "multipart_chunksize", 6_000_000)
    storage.save_file(KEY, large)
    assert "-" in storage.client.head_object(Bucket=storage.bucket.name, Key=f"some/prefix/{KEY}")["ETag"]
    with storage.local_copy(KEY) as path:
        assert path.read_bytes() == large.read_bytes()


def test_upload_with_a_failing_part_leaves_nothing(
    storage: S3Storage, tmp_path: Path, s3_server: S3Server, bucket_url: str
) -> None:
    large = tmp_path / "large"
    large.write_bytes(b"x" * 13_000_000)
    storage.transfer.multipart_threshold = storage.transfer.multipart_chunksize = 6_000_000

    def refuse(params: dict[str, Any], **_more: object) -> None:
        if params["PartNumber"] == 2:
            raise ClientError({"Error": {"Code": "SlowDown"}}, "UploadPart")

    storage.client.meta.events.register("provide-client-params.s3.UploadPart", refuse)
    with pytest.raises(StorageUnavailable):
        storage.save_file(KEY, large)
    assert s3_server.list_objects(bucket_url) == []
    assert "Uploads" not in storage.client.list_multipart_uploads(Bucket=storage.bucket.name)


def test_keys_on_several_pages_are_listed_and_deleted(
    storage: S3Storage, source: Path, s3_server: S3Server, bucket_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3, "BATCH", 3)
    keys = [f"{document_prefix(1, 'a' * 16)}{number}" for number in range(8)]
    for key in keys:
        storage.save_file(key, source)
    checksums: list[Any] = []
    storage.client.meta.events.register(
        "before-send.s3.DeleteObjects", lambda request, **_more: checksums.append(request.headers["Content-MD5"])
    )
    assert list(storage.list_keys(tenant_prefix(1))) == keys
    storage.delete_tree(tenant_prefix(1))
    assert s3_server.list_objects(bucket_url) == []
    assert len(checksums) == 3 and all(checksums)


def test_partial_deletion_raises_storage_unavailable(
    storage: S3Storage, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage.save_file(KEY, source)
    refused = {"Errors": [{"Key": KEY, "Code": "AccessDenied"}]}
    monkeypatch.setattr(storage.client, "delete_objects", lambda **_request: refused)
    with pytest.raises(StorageUnavailable):
        storage.delete_tree(tenant_prefix(1))


def list_operations(storage: S3Storage, source: Path) -> list[Any]:
    return [
        lambda: storage.save_file(KEY, source),
        lambda: storage.local_copy(KEY).__enter__(),
        lambda: storage.exists(KEY),
        lambda: list(storage.list_keys("tenants/")),
        lambda: storage.delete_file(KEY),
        lambda: storage.delete_tree("tenants/"),
        storage.check,
    ]


def test_every_operation_raises_storage_unavailable_without_the_server(
    s3_server: S3Server, tmp_path: Path, source: Path
) -> None:
    storage = S3Storage(read_bucket(s3_server.make_bucket()), tmp_path / "scratch")
    storage.check()
    s3_server.stop()
    for operation in list_operations(storage, source):
        with pytest.raises(StorageUnavailable):
            operation()
    assert list(storage.scratch_directory.iterdir()) == []


def test_every_operation_raises_storage_unavailable_without_credentials(
    bucket_url: str, tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in S3_CREDENTIALS:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    for operation in list_operations(S3Storage(read_bucket(bucket_url), tmp_path / "scratch"), source):
        with pytest.raises(StorageUnavailable):
            operation()


def test_missing_bucket_raises_storage_unavailable(s3_server: S3Server, tmp_path: Path, source: Path) -> None:
    storage = S3Storage(read_bucket(f"s3://nowhere-at-all?endpoint={s3_server.endpoint}"), tmp_path)
    with pytest.raises(StorageUnavailable):
        storage.check()
    with pytest.raises(StorageUnavailable):
        storage.save_file(KEY, source)


def test_missing_profile_is_named_by_settings_invalid(
    bucket_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(SettingsInvalid, match="STORAGE_URL: .*nobody"):
        S3Storage(read_bucket(bucket_url), tmp_path)
