"""What takes seconds to load is loaded before somebody waits for it."""

from __future__ import annotations

import logging
import threading

from errors import SocrateError
from processing.ports import Embedder

log = logging.getLogger(__name__)


def start_warming(embedder: Embedder, *, filming: bool) -> None:
    """Beside the start of a worker, which waits for none of it; what fails here fails again where it is needed."""
    threading.Thread(target=warm, args=(embedder, filming), name="warming", daemon=True).start()


def warm(embedder: Embedder, filming: bool) -> None:
    try:
        embedder.warm_up()
    except SocrateError as error:
        log.warning("not_warm", extra={"error": error.key})
    if filming:
        # memvid, for its own sake.
        import processing.archive.encoder  # noqa: F401
    log.info("warm", extra={"filming": filming})
