"""Every operation on a failing disk raises ``StorageUnavailable``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from errors import StorageUnavailable
from storage.local import LocalStorage


def copy(storage: LocalStorage) -> None:
    with storage.local_copy("a/b"):
        pass


@pytest.mark.parametrize(
    "operation",
    [
        copy,
        lambda storage: storage.exists("a/b"),
        lambda storage: list(storage.list_keys("a/")),
        lambda storage: storage.save_file("a/b", Path(__file__)),
        lambda storage: storage.delete_file("a/b"),
        lambda storage: storage.delete_tree("a/"),
        lambda storage: storage.check(),
    ],
)
def test_operation_on_a_failing_disk_raises_storage_unavailable(
    operation: Callable[[LocalStorage], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object, **_more: object) -> None:
        raise OSError(28, "No space left on device")

    (tmp_path / "a").mkdir()
    for name in ("is_file", "rglob", "open", "unlink", "read_bytes", "mkdir"):
        monkeypatch.setattr(Path, name, fail)
    for name in ("shutil.rmtree", "os.scandir"):
        monkeypatch.setattr(f"storage.local.{name}", fail)
    with pytest.raises(StorageUnavailable):
        operation(LocalStorage(tmp_path))


def test_full_disk_leaves_the_stored_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fill(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    storage = LocalStorage(tmp_path)
    storage.save_file("a/b", Path(__file__))
    monkeypatch.setattr("storage.local.os.fsync", fill)
    with pytest.raises(StorageUnavailable):
        storage.save_file("a/b", Path(__file__))
    assert list(storage.list_keys("a/")) == ["a/b"]
    assert (tmp_path / "a" / "b").read_bytes() == Path(__file__).read_bytes()
