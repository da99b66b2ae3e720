"""Deletes stored files."""

from __future__ import annotations

import logging

from errors import StorageUnavailable
from processing.runtime.retry import retry_transient
from processing.services import Services

log = logging.getLogger(__name__)


def drop_tree(services: Services, prefix: str) -> None:
    """Delete what no row names any more; what withstands, the hunt finds later, and nobody waits for it."""
    try:
        retry_transient(lambda: services.storage.delete_tree(prefix))
    except StorageUnavailable:
        log.warning("files_left_to_the_hunt", extra={"prefix": prefix})
