"""Opens the storage that ``STORAGE_URL`` names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from errors import SettingsInvalid
from settings import read_bucket
from storage.local import LocalStorage

if TYPE_CHECKING:
    from storage.s3 import S3Storage


def open_storage(url: str, scratch_directory: Path) -> LocalStorage | S3Storage:
    """Return the storage at ``url``. Raise ``SettingsInvalid`` if its scheme is not known.

    ``scratch_directory`` is the folder for local copies of remote files.
    """
    parts = urlsplit(url)
    if parts.scheme == "file":
        return LocalStorage(Path(unquote(parts.path)))
    if parts.scheme == "s3":
        # boto3 takes long to import, and most installations do without it.
        from storage.s3 import S3Storage

        return S3Storage(read_bucket(url), scratch_directory)
    raise SettingsInvalid(problems=[f"STORAGE_URL: {parts.scheme}:// is not known; use file:///folder or s3://bucket."])
