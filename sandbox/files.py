"""Files that people and the bot send, kept in a temporary folder until the sandbox is reset or stops."""

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
    """One sending of a file. Each sending has its own ``file_id``; ``unique_id`` depends on the bytes alone."""

    file_id: str
    unique_id: str
    name: str
    mime_type: str
    size: int
    path: Path

    @property
    def file_path(self) -> str:
        """The path at which the Bot API offers the file for download."""
        suffix = _SUFFIX.search(self.name)
        return f"documents/{self.file_id}{suffix.group() if suffix else ''}"

    def describe(self) -> dict[str, Any]:
        """Return the fields that every kind of file has in the Bot API."""
        return {"file_id": self.file_id, "file_unique_id": self.unique_id, "file_size": self.size}


class FileStore:
    """Stores files under random names. The name that a file was sent with is never used as a path."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="sandbox-")
        self._files: dict[str, StoredFile] = {}

    def close(self) -> None:
        self._folder.cleanup()

    def clear(self) -> None:
        """Delete all files. New ones can be added afterwards, unlike after ``close``."""
        self._files.clear()
        for path in Path(self._folder.name).iterdir():
            path.unlink()

    def add(self, name: str, mime_type: str, content: bytes) -> StoredFile:
        path = self._choose_path()
        path.write_bytes(content)
        return self._register(name, mime_type, path, hashlib.sha256(content).hexdigest())

    async def receive(self, name: str, mime_type: str, chunks: AsyncIterable[bytes]) -> StoredFile:
        """Store a file whose ``chunks`` are written as they arrive, so that a large file is never whole in memory."""
        path, digest = self._choose_path(), hashlib.sha256()
        with path.open("wb") as file:
            async for chunk in chunks:
                digest.update(chunk)
                file.write(chunk)
        return self._register(name, mime_type, path, digest.hexdigest())

    def send_again(self, stored: StoredFile) -> StoredFile:
        """Return the same file with a new ``file_id``: Telegram gives each sending its own."""
        return self._keep(replace(stored, file_id=generate_file_id()))

    def announce_size(self, file_id: str, size: int) -> None:
        """Report ``size`` (bytes) as the size of this file from now on, instead of the real one."""
        self._keep(replace(self._files[file_id], size=size))

    def find(self, file_id: str) -> StoredFile | None:
        return self._files.get(file_id)

    def find_by_path(self, file_path: str) -> StoredFile | None:
        """Return the file with this ``file_path``, or None."""
        stored = self._files.get(Path(file_path).stem)
        return stored if stored and stored.file_path == file_path else None

    def _choose_path(self) -> Path:
        return Path(self._folder.name) / secrets.token_hex(12)

    def _register(self, name: str, mime_type: str, path: Path, digest: str) -> StoredFile:
        size = path.stat().st_size
        return self._keep(StoredFile(generate_file_id(), f"AgAD{digest[:16]}", name, mime_type, size, path))

    def _keep(self, stored: StoredFile) -> StoredFile:
        self._files[stored.file_id] = stored
        return stored


def generate_file_id() -> str:
    return f"BQACAgQAAxk{secrets.token_hex(20)}"
