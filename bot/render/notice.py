"""Renders notices, which are messages of one sentence."""

from __future__ import annotations

from bot.render.document import render_error
from bot.render.format import format_size
from bot.render.message import Rendered
from processing.types import NoticeView


def render_notice(view: NoticeView) -> Rendered:
    """Return the sentence of the notice. A fact named ``size`` is a number of bytes and is shown as kB or MB."""
    facts: dict[str, object] = {
        name: format_size(value, view.language) if name == "size" else value for name, value in view.facts.items()
    }
    return Rendered(render_error(view.language, view.key, facts))
