"""Storage in a local folder."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from errors import StorageUnavailable, as_storage_errors
from storage.keys import PROBES, split_key

PART_SUFFIX = ".part"


class LocalStorage:
    """``ports.Storage`` in the folder ``root`` (mode 0700); a key is the path of a file in it."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def save_file(self, key: str, source: Path) -> None:
        """Write a file beside the target, flush it to disk and rename it, so that readers see all of it or nothing."""
        target = self._path(key)
        part = target.with_name(f"{target.name}.{uuid4().hex}{PART_SUFFIX}")
        try:
            self._make_folder(target.parent)
            with source.open("rb") as reader, part.open("xb") as writer:
                shutil.copyfileobj(reader, writer, 1024 * 1024)
                writer.flush()
                os.fsync(writer.fileno())
            part.replace(target)
        except OSError as error:
            with suppress(OSError):
                part.unlink(missing_ok=True)
            raise StorageUnavailable from error

    @contextmanager
    def local_copy(self, key: str) -> Iterator[Path]:
        if not self.exists(key):
            raise StorageUnavailable
        yield self._path(key)

    def exists(self, key: str) -> bool:
        with as_storage_errors():
            return self._path(key).is_file()

    def get_size(self, key: str) -> int:
        with as_storage_errors():
            try:
                return self._path(key).stat().st_size
            except FileNotFoundError:
                return 0

    def list_keys(self, prefix: str) -> Iterator[str]:
        return self._walk(self._path(prefix))

    def delete_tree(self, prefix: str) -> None:
        folder = self._path(prefix)
        try:
            shutil.rmtree(folder)
        except FileNotFoundError:
            return
        except OSError as error:
            raise StorageUnavailable from error
        self._drop_empty_parents(folder.parent)

    def delete_file(self, key: str) -> None:
        try:
            self._path(key).unlink(missing_ok=True)
        except OSError as error:
            raise StorageUnavailable from error

    def check(self) -> None:
        """Write, read and delete a small file."""
        key = f"{PROBES}{uuid4().hex}"
        try:
            with as_storage_errors(), tempfile.TemporaryDirectory() as folder:
                probe = Path(folder) / "probe"
                probe.write_bytes(b"probe")
                self.save_file(key, probe)
                if self._path(key).read_bytes() != b"probe":
                    raise StorageUnavailable
        finally:
            self.delete_file(key)

    def _path(self, key: str) -> Path:
        return self.root.joinpath(*split_key(key))

    def _walk(self, folder: Path) -> Iterator[str]:
        """Yield the keys of the files below ``folder``, sorted, with only the names of open folders in memory."""
        with as_storage_errors():
            try:
                with os.scandir(folder) as found:
                    names = sorted(f"{entry.name}/" if entry.is_dir() else entry.name for entry in found)
            except (FileNotFoundError, NotADirectoryError):
                # Another process has deleted it meanwhile.
                return
        base = folder.relative_to(self.root).as_posix()
        for name in names:
            if name.endswith("/"):
                yield from self._walk(folder / name)
            else:
                yield f"{base}/{name}"

    def _make_folder(self, folder: Path) -> None:
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def _drop_empty_parents(self, folder: Path) -> None:
        """Remove ``folder`` and the folders above it up to the root, as far as they are empty."""
        while folder != self.root and folder.is_relative_to(self.root):
            try:
                folder.rmdir()
            except OSError:
                return
            folder = folder.parent
