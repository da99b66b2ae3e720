"""Files that were sent, kept in a temporary folder."""

from __future__ import annotations

import hashlib
import re
import secrets
import tempfile
from collections.abc import AsyncIterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,10}$")


@dataclass(frozen=True)
class StoredFile:
    """One sending of a file: ``file_id`` is new each time, ``unique_id`` is the same for the same bytes."""

    file_id: str
    unique_id: str
    name: str
    mime_type: str
    size: int
    place: Path

    @property
    def file_path(self) -> str:
        """Where the Bot API offers it for download."""
        suffix = _SUFFIX.search(self.name)
        return f"documents/{self.file_id}{suffix.group() if suffix else ''}"

    def describe(self) -> dict[str, Any]:
        return {"file_id": self.file_id, "file_unique_id": self.unique_id, "file_size": self.size}


class FileStore:
    """Bytes stand under names made up here; a name that a person gave is never a path."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="sandbox-")
        self._files: dict[str, StoredFile] = {}

    def close(self) -> None:
        self._folder.cleanup()

    def clear(self) -> None:
        self._files.clear()
        for place in Path(self._folder.name).iterdir():
            place.unlink()

    def add(self, name: str, mime_type: str, content: bytes) -> StoredFile:
        place = self._choose_place()
        place.write_bytes(content)
        return self._register(name, mime_type, place, hashlib.sha256(content).hexdigest())

    async def receive(self, name: str, mime_type: str, chunks: AsyncIterable[bytes]) -> StoredFile:
        """Store as it comes in, so that a large file is never in memory whole."""
        place, digest = self._choose_place(), hashlib.sha256()
        with place.open("wb") as file:
            async for chunk in chunks:
                digest.update(chunk)
                file.write(chunk)
        return self._register(name, mime_type, place, digest.hexdigest())

    def send_again(self, stored: StoredFile) -> StoredFile:
        """The same file under a new id, as each sending gets one."""
        return self._keep(replace(stored, file_id=make_file_id()))

    def announce_size(self, file_id: str, size: int) -> None:
        """Tell this size (bytes) instead of the real one from now on."""
        self._keep(replace(self._files[file_id], size=size))

    def find(self, file_id: str) -> StoredFile | None:
        return self._files.get(file_id)

    def find_path(self, file_path: str) -> StoredFile | None:
        stored = self._files.get(Path(file_path).stem)
        return stored if stored and stored.file_path == file_path else None

    def _choose_place(self) -> Path:
        return Path(self._folder.name) / secrets.token_hex(12)

    def _register(self, name: str, mime_type: str, place: Path, digest: str) -> StoredFile:
        size = place.stat().st_size
        return self._keep(StoredFile(make_file_id(), f"AgAD{digest[:16]}", name, mime_type, size, place))

    def _keep(self, stored: StoredFile) -> StoredFile:
        self._files[stored.file_id] = stored
        return stored


def make_file_id() -> str:
    return f"BQACAgQAAxk{secrets.token_hex(20)}"
