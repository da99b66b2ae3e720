"""Ids of documents and questions, made from the update that brought them: handled again, it creates no second row."""

from __future__ import annotations

import hashlib


def make_work_id(tenant_id: int, origin: str) -> str:
    """Sixteen hexadecimal digits; ``origin`` names the bot and the update."""
    return hashlib.sha256(f"{tenant_id}/{origin}".encode()).hexdigest()[:16]
