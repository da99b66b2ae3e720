"""What every storage must do. To test another one, add its address to ``storage_url``."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from errors import SettingsInvalid, StorageUnavailable
from processing.ports import Storage
from storage.choose import open_storage
from storage.keys import attempt_prefix, document_prefix, original_key
from storage.local import LocalStorage

KEY = original_key(1, "a" * 16)


@pytest.fixture(params=["local", "s3"])
def storage_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "s3":
        return str(request.getfixturevalue("s3_server").make_bucket())
    return (tmp_path / "storage").as_uri()


@pytest.fixture
def storage(storage_url: str, tmp_path: Path) -> Storage:
    return open_storage(storage_url, tmp_path / "scratch")


def save(storage: Storage, folder: Path, key: str, content: bytes) -> None:
    source = folder / "source"
    source.write_bytes(content)
    storage.save_file(key, source)
    assert source.read_bytes() == content, "the source is left as it was"
    source.unlink()


def read(storage: Storage, key: str) -> bytes:
    with storage.local_copy(key) as path:
        return path.read_bytes()


def test_saved_file_is_read_back_and_can_be_replaced(storage: Storage, tmp_path: Path) -> None:
    assert not storage.exists(KEY)
    save(storage, tmp_path, KEY, b"\0first")
    assert storage.exists(KEY)
    assert read(storage, KEY) == b"\0first"
    save(storage, tmp_path, KEY, b"second")
    assert read(storage, KEY) == b"second"


def test_size_of_a_file_is_known_and_of_a_missing_one_is_nothing(storage: Storage, tmp_path: Path) -> None:
    assert storage.get_size(KEY) == 0
    save(storage, tmp_path, KEY, b"12345")
    assert storage.get_size(KEY) == 5


def test_empty_file_is_stored(storage: Storage, tmp_path: Path) -> None:
    save(storage, tmp_path, KEY, b"")
    assert storage.exists(KEY) and read(storage, KEY) == b""


def test_missing_file_cannot_be_read_but_deleting_it_is_no_error(storage: Storage) -> None:
    with pytest.raises(StorageUnavailable), storage.local_copy(KEY):
        pass
    assert list(storage.list_keys(document_prefix(1, "a" * 16))) == []
    storage.delete_file(KEY)
    storage.delete_tree(document_prefix(1, "a" * 16))


def test_failed_save_leaves_the_stored_file_as_it_was(storage: Storage, tmp_path: Path) -> None:
    save(storage, tmp_path, KEY, b"whole")
    with pytest.raises(StorageUnavailable):
        storage.save_file(KEY, tmp_path / "not there")
    assert read(storage, KEY) == b"whole"
    assert list(storage.list_keys("tenants/")) == [KEY]


def test_reader_sees_a_whole_file_while_it_is_replaced(storage: Storage, tmp_path: Path) -> None:
    """Two large contents replace each other again and again; every read returns one of them."""
    contents = (b"a" * 3_000_000, b"b" * 3_000_000)
    for number, content in enumerate(contents):
        (tmp_path / str(number)).write_bytes(content)
    storage.save_file(KEY, tmp_path / "0")
    done = threading.Event()

    def replace() -> None:
        for number in range(20):
            storage.save_file(KEY, tmp_path / str(number % 2))
        done.set()

    writer = threading.Thread(target=replace)
    writer.start()
    seen = set()
    while not done.is_set():
        seen.add(read(storage, KEY))
    writer.join()
    assert seen <= set(contents)
    assert list(storage.list_keys("tenants/")) == [KEY]


def test_list_keys_returns_only_those_below_the_prefix(storage: Storage, tmp_path: Path) -> None:
    mine, other = attempt_prefix(1, "a" * 16, 1), attempt_prefix(1, "a" * 16, 10)
    for key in (f"{mine}x", f"{mine}y", f"{other}x", KEY, original_key(11, "a" * 16)):
        save(storage, tmp_path, key, b"1")
    assert sorted(storage.list_keys(mine)) == [f"{mine}x", f"{mine}y"]
    assert sorted(storage.list_keys("tenants/1/")) == [f"{mine}x", f"{mine}y", f"{other}x", KEY]


def test_list_keys_is_sorted_and_reads_while_the_caller_iterates(storage: Storage, tmp_path: Path) -> None:
    """A folder and a file whose names differ only after the folder's end sort as whole keys do."""
    keys = sorted(f"tenants/1/{name}" for name in ("a/x", "a-b/x", "a.c", "ab", "a/b/y", "b/x"))
    for key in keys:
        save(storage, tmp_path, key, b"1")
    listed = storage.list_keys("tenants/1")
    assert next(listed) == keys[0]
    assert [keys[0], *listed] == keys


def test_delete_tree_leaves_the_neighbouring_tree(storage: Storage, tmp_path: Path) -> None:
    neighbour = original_key(11, "a" * 16)
    for key in (KEY, f"{attempt_prefix(1, 'a' * 16, 1)}x", neighbour):
        save(storage, tmp_path, key, b"1")
    storage.delete_tree(document_prefix(1, "a" * 16))
    assert list(storage.list_keys("tenants/")) == [neighbour]
    storage.delete_file(neighbour)
    assert not storage.exists(neighbour)


ESCAPES = ("", "/", "/etc/passwd", "../x", "tenants/../../x", "tenants/..", "..", "tenants/a\0b", "./../x")


@pytest.mark.parametrize("key", ESCAPES)
def test_key_that_leads_out_of_the_storage_is_refused(storage: Storage, tmp_path: Path, key: str) -> None:
    (tmp_path / "source").write_bytes(b"1")
    with pytest.raises(ValueError):
        storage.save_file(key, tmp_path / "source")
    with pytest.raises(ValueError), storage.local_copy(key):
        pass
    for refused in (storage.exists, storage.delete_file, storage.delete_tree, storage.list_keys):
        with pytest.raises(ValueError):
            refused(key)
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    "document_id", ["", "../../etc", "A" * 16, "a" * 15, "a" * 17, "a/../../../../b", "a" * 16 + "\n"]
)
def test_malformed_document_id_makes_no_key(document_id: str) -> None:
    with pytest.raises(ValueError):
        document_prefix(1, document_id)


def test_check_leaves_no_file(storage: Storage, tmp_path: Path) -> None:
    storage.check()
    save(storage, tmp_path, KEY, b"1")
    storage.check()
    assert list(storage.list_keys("probes/")) == []


def test_folder_that_cannot_be_written_raises_storage_unavailable(tmp_path: Path) -> None:
    (tmp_path / "storage").write_text("a file where the folder should be")
    (tmp_path / "source").write_bytes(b"1")
    storage = LocalStorage(tmp_path / "storage")
    with pytest.raises(StorageUnavailable):
        storage.save_file(KEY, tmp_path / "source")
    with pytest.raises(StorageUnavailable):
        storage.check()


def test_delete_tree_does_not_follow_a_link(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_bytes(b"1")
    storage = LocalStorage(tmp_path / "storage")
    save(storage, tmp_path, KEY, b"1")
    (tmp_path / "storage" / document_prefix(1, "a" * 16) / "link").symlink_to(outside)
    storage.delete_tree(document_prefix(1, "a" * 16))
    assert (outside / "kept").exists()


def test_storage_folder_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path / "storage")
    save(storage, tmp_path, KEY, b"1")
    assert (tmp_path / "storage").stat().st_mode & 0o777 == 0o700


def test_open_storage_refuses_an_unknown_scheme(tmp_path: Path) -> None:
    spaced = tmp_path / "a folder"
    opened = open_storage(spaced.as_uri(), tmp_path)
    assert isinstance(opened, LocalStorage) and opened.root == spaced
    with pytest.raises(SettingsInvalid, match="STORAGE_URL"):
        open_storage("ftp://somewhere/else", tmp_path)
