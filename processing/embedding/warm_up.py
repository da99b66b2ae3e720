"""Loads the embedding model and memvid, which takes seconds, before they are needed."""

from __future__ import annotations

import logging
import threading

from errors import SocrateError
from processing.ports import Embedder

log = logging.getLogger(__name__)


def start_warming(embedder: Embedder, *, filming: bool) -> None:
    """Load the model, and with ``filming`` memvid, in a thread.

    If the model cannot be loaded, this is logged here, and the error is raised at its first use.
    """
    threading.Thread(target=warm, args=(embedder, filming), name="warming", daemon=True).start()


def warm(embedder: Embedder, filming: bool) -> None:
    try:
        embedder.warm_up()
    except SocrateError as error:
        log.warning("not_warm", extra={"error": error.key})
    if filming:
        # This import is what loads memvid.
        import processing.archive.encoder  # noqa: F401
    log.info("warm", extra={"filming": filming})
