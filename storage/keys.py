"""Names under which bytes are kept: made from ids only, never from what a person called a file."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

SAFE_ID = re.compile(r"[0-9a-f]{16}")
OWNER = re.compile(r"tenants/(\d+)/documents/([0-9a-f]{16})/(?:attempts/(\d+)/)?")

# Files that a check of the storage writes, reads and deletes again.
PROBES = "probes/"
PASSAGES = "passages.jsonl"
INDEX = "words.npz"
VIDEO = "archive.mp4"
ARCHIVE_FILES = (VIDEO, "archive.json", "archive.faiss")


def split_key(key: str) -> tuple[str, ...]:
    """The components of a relative path that leads nowhere but down; ``ValueError`` for anything else."""
    parts = PurePosixPath(key).parts
    if not parts or key.startswith("/") or any(part in {"..", "."} or "\0" in part for part in parts):
        raise ValueError("not a storage key")
    return parts


def tenant_prefix(tenant_id: int) -> str:
    """Everything of one tenant lies below this."""
    return f"tenants/{int(tenant_id)}/"


def document_prefix(tenant_id: int, document_id: str) -> str:
    """Everything of one document lies below this; an id of another shape is refused with ``ValueError``."""
    if not SAFE_ID.fullmatch(document_id):
        raise ValueError("not a document id")
    return f"{tenant_prefix(tenant_id)}documents/{document_id}/"


def find_owner(key: str) -> tuple[int, str, int | None] | None:
    """(tenant, document, fence) that the key belongs to, without fence for an original; None for any other key."""
    match = OWNER.match(key)
    return (int(match[1]), match[2], int(match[3]) if match[3] else None) if match else None


def original_key(tenant_id: int, document_id: str) -> str:
    return f"{document_prefix(tenant_id, document_id)}original"


def attempts_prefix(tenant_id: int, document_id: str) -> str:
    return f"{document_prefix(tenant_id, document_id)}attempts/"


def attempt_prefix(tenant_id: int, document_id: str, fencing_token: int) -> str:
    """What one attempt writes lies apart, so that a late one can never touch what another published."""
    return f"{attempts_prefix(tenant_id, document_id)}{int(fencing_token)}/"


def passages_key(tenant_id: int, document_id: str, fencing_token: int) -> str:
    return attempt_prefix(tenant_id, document_id, fencing_token) + PASSAGES


def index_key(tenant_id: int, document_id: str, fencing_token: int) -> str:
    return attempt_prefix(tenant_id, document_id, fencing_token) + INDEX
