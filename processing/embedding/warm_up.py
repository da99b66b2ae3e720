"""Loads the models and memvid, which takes seconds, before they are needed."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from typing import Protocol

log = logging.getLogger(__name__)


class Model(Protocol):
    def warm_up(self) -> None: ...


def start_warming(models: Sequence[Model], *, filming: bool) -> None:
    """Load the models, and with ``filming`` memvid, in a thread.

    If a model cannot be loaded, this is logged here, and the error is raised at its first use.
    """
    threading.Thread(target=warm, args=(models, filming), name="warming", daemon=True).start()


def warm(models: Sequence[Model], filming: bool) -> None:
    for model in models:
        try:
            model.warm_up()
        except Exception as error:
            log.warning("not_warm", extra={"error": getattr(error, "key", type(error).__name__)})
    if filming:
        # This import is what loads memvid.
        import processing.archive.encoder  # noqa: F401
    log.info("warm", extra={"filming": filming})
