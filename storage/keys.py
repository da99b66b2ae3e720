"""Makes and parses the keys that files are stored under. They hold ids only, never a name that a person gave."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

SAFE_ID = re.compile(r"[0-9a-f]{16}")
PREFIX_KEY = re.compile(r"tenants/\d+/documents/[0-9a-f]{16}/")
DOCUMENT_KEY = re.compile(r"tenants/(\d+)/documents/([0-9a-f]{16})/(?:attempts/(\d+)/)?")

# The files that a document has, below its prefix.
FILE_NAME = re.compile(
    r"original|attempts/\d+/(?:passages\.jsonl|words\.npz|archive\.(?:mp4|json|faiss))"
    r"|parts/[0-9a-f]{32}/\d{8}-\d{8}-[0-9a-f]{32}\.npy"
)
PART_KEY = re.compile(r"tenants/\d+/documents/[0-9a-f]{16}/parts/")
DIGEST = re.compile(r"[0-9a-f]{32}")

# Folder of the files that ``check`` writes, reads and deletes.
PROBES = "probes/"
PASSAGES = "passages.jsonl"
INDEX = "words.npz"
VIDEO = "archive.mp4"
ARCHIVE_FILES = (VIDEO, "archive.json", "archive.faiss")


def split_key(key: str) -> tuple[str, ...]:
    """Return the parts of a key. Raise ``ValueError`` for an empty key, an absolute path, ``..`` or NUL."""
    parts = PurePosixPath(key).parts
    if not parts or key.startswith("/") or any(part in {"..", "."} or "\0" in part for part in parts):
        raise ValueError("not a storage key")
    return parts


def tenant_prefix(tenant_id: int) -> str:
    """The folder of everything that belongs to one tenant."""
    return f"tenants/{int(tenant_id)}/"


def document_prefix(tenant_id: int, document_id: str) -> str:
    """Return the folder of everything that belongs to one document. Raise ``ValueError`` for a malformed id."""
    if not SAFE_ID.fullmatch(document_id):
        raise ValueError("not a document id")
    return f"{tenant_prefix(tenant_id)}documents/{document_id}/"


def parse_key(key: str) -> tuple[int, str, int | None] | None:
    """Return (tenant id, document id, fencing token) of a document's file.

    The token is None for the original and for parts of vectors, which belong to no attempt.
    Return None if the key is not that of a document's file.
    """
    match = DOCUMENT_KEY.match(key)
    return (int(match[1]), match[2], int(match[3]) if match[3] else None) if match else None


def is_file_of_document(key: str) -> bool:
    """Return True if a key of this form is made here, so that a file which stands there has a purpose."""
    match = PREFIX_KEY.match(key)
    return match is not None and FILE_NAME.fullmatch(key[match.end() :]) is not None


def original_key(tenant_id: int, document_id: str) -> str:
    return f"{document_prefix(tenant_id, document_id)}original"


def attempts_prefix(tenant_id: int, document_id: str) -> str:
    return f"{document_prefix(tenant_id, document_id)}attempts/"


def attempt_prefix(tenant_id: int, document_id: str, fencing_token: int) -> str:
    """The folder of one attempt. Each attempt has its own, so a late one cannot touch what another has published."""
    return f"{attempts_prefix(tenant_id, document_id)}{int(fencing_token)}/"


def parts_prefix(tenant_id: int, document_id: str) -> str:
    """The folder of vectors that are kept while a document is in work. All attempts share it."""
    return f"{document_prefix(tenant_id, document_id)}parts/"


def vectors_prefix(tenant_id: int, document_id: str, digest: str) -> str:
    """Return the folder of the parts of vectors that ``digest`` names. Raise ``ValueError`` for a malformed digest."""
    if not DIGEST.fullmatch(digest):
        raise ValueError("not a digest")
    return f"{parts_prefix(tenant_id, document_id)}{digest}/"


def part_key(prefix: str, start: int, stop: int, digest: str) -> str:
    """Return the key of the part with the vectors from ``start`` to before ``stop``, below a ``vectors_prefix``."""
    if not DIGEST.fullmatch(digest):
        raise ValueError("not a digest")
    return f"{prefix}{start:08d}-{stop:08d}-{digest}.npy"


def is_part(key: str) -> bool:
    return PART_KEY.match(key) is not None


def passages_key(tenant_id: int, document_id: str, fencing_token: int) -> str:
    return attempt_prefix(tenant_id, document_id, fencing_token) + PASSAGES


def index_key(tenant_id: int, document_id: str, fencing_token: int) -> str:
    return attempt_prefix(tenant_id, document_id, fencing_token) + INDEX
