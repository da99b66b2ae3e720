"""Ids of rows of work, made from the update that asks for it, so that an update handled twice creates one row."""

from __future__ import annotations

import hashlib


def make_work_id(tenant_id: int, origin: str) -> str:
    """Return sixteen hexadecimal digits, the same ones for the same arguments. ``origin`` names the update."""
    return hashlib.sha256(f"{tenant_id}/{origin}".encode()).hexdigest()[:16]
