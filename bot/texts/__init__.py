"""The sentences of the bot, by key and language. Facts filled into them are escaped for Telegram's HTML."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from html import escape
from unicodedata import bidirectional

from fluent.runtime import FluentBundle, FluentResource

from bot.languages import DEFAULT, LANGUAGES, choose_language
from processing.formats.table import FORMATS

FIRST_STRONG, POP = "\u2068", "\u2069"


def say(language: str, key: str, **facts: object) -> str:
    """Return the sentence for ``key`` as Telegram HTML; ``{ $formats }`` in it needs no fact.

    Raise ``KeyError`` for an unknown key and ``ValueError`` for missing facts.
    """
    language = choose_language(language)
    return render_text(language, key, {"formats": list_formats(language), **facts})


def render_text(language: str, key: str, facts: Mapping[str, object]) -> str:
    bundle = open_bundle(language)
    message = bundle.get_message(key)
    if message is None or message.value is None:
        raise KeyError(key)
    text, errors = bundle.format_pattern(message.value, {name: make_safe(value) for name, value in facts.items()})
    if errors:
        raise ValueError(f"{key}: {errors}")
    return str(text)


@cache
def list_formats(language: str) -> str:
    """Return the labels of the formats that are read, without films, as in "PDF, HTML or text"."""
    labels = [name_format(language, row.kind, row.label) for row in FORMATS if not row.holds_passages]
    return render_text(language, "formats_list", {"others": ", ".join(labels[:-1]), "last": labels[-1]})


def name_format(language: str, kind: str, label: str) -> str:
    """Return the label of a format, translated if the language's file has ``format_<kind>``."""
    key = f"format_{kind}"
    language = choose_language(language)
    return render_text(language, key, {}) if open_bundle(language).has_message(key) else label


def has_text(key: str) -> bool:
    return open_bundle(DEFAULT).has_message(key)


def make_safe(value: object) -> object:
    """Return a number as it is, and anything else as text that is isolated and escaped."""
    return value if isinstance(value, int | float) else escape(isolate(str(value)), quote=False)


def isolate(name: str) -> str:
    """Put a name written from right to left between marks that keep the direction of the sentence around it."""
    return f"{FIRST_STRONG}{name}{POP}" if any(bidirectional(sign) in {"R", "AL"} for sign in name) else name


@cache
def open_bundle(language: str) -> FluentBundle:
    """Return the sentences of a language.

    Fluent's own isolation is off: it marks every fact, and people would copy the marks along with names.
    """
    bundle = FluentBundle([language], use_isolating=False)
    bundle.add_resource(FluentResource(LANGUAGES[language].file.read_text(encoding="utf-8")))
    return bundle
