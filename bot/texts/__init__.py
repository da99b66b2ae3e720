"""What Socrate says, by key and language; everything filled in is escaped for Telegram's HTML."""

from __future__ import annotations

from functools import cache
from html import escape
from pathlib import Path
from unicodedata import bidirectional

from fluent.runtime import FluentBundle, FluentResource

FOLDER = Path(__file__).parent
LANGUAGES = ("en", "it")
DEFAULT = "en"
FIRST_STRONG, POP = "\u2068", "\u2069"


def choose_language(code: str | None) -> str:
    """The language to speak with someone whose Telegram says ``code`` (``it-IT``, ``pt-br``, None)."""
    first = (code or DEFAULT).split("-")[0].lower()
    return first if first in LANGUAGES else DEFAULT


def say(language: str, key: str, **facts: object) -> str:
    """The sentence for ``key`` as Telegram HTML; ``KeyError`` for an unknown key, ``ValueError`` for missing facts."""
    bundle = open_bundle(choose_language(language))
    message = bundle.get_message(key)
    if message is None or message.value is None:
        raise KeyError(key)
    text, errors = bundle.format_pattern(message.value, {name: make_safe(value) for name, value in facts.items()})
    if errors:
        raise ValueError(f"{key}: {errors}")
    return str(text)


def has_text(key: str) -> bool:
    return open_bundle(DEFAULT).has_message(key)


def make_safe(value: object) -> object:
    return value if isinstance(value, int | float) else escape(isolate(str(value)), quote=False)


def isolate(name: str) -> str:
    """Keep what is written from right to left from turning round the sentence that it stands in."""
    return f"{FIRST_STRONG}{name}{POP}" if any(bidirectional(sign) in {"R", "AL"} for sign in name) else name


@cache
def open_bundle(language: str) -> FluentBundle:
    """Fluent's own isolation is off: its marks would be copied along with every name, needed or not."""
    bundle = FluentBundle([language], use_isolating=False)
    bundle.add_resource(FluentResource((FOLDER / f"{language}.ftl").read_text(encoding="utf-8")))
    return bundle
