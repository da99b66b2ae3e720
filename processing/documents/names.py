"""Names of documents as people see them, and names of the files that they are sent."""

from __future__ import annotations

import re
import unicodedata

LONGEST_NAME = 120
# Invisible characters. Some of them reverse the direction of text, which makes "fdp.exe" look like a PDF.
INVISIBLE = frozenset(
    "\u00ad\u061c\u180e\u200b\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069"
    "\ufeff\ufff9\ufffa\ufffb\ufffe\uffff"
)
SUFFIX = re.compile(r"\.[^.\s]{1,10}$")
ZERO_WIDTH_JOINER = "\u200d"
FILM_SUFFIX = ".socrate.mp4"
# Some file systems refuse these characters, and names longer than so many bytes.
REFUSED_IN_FILES = re.compile(r'[<>:"/\\|?*]')
LONGEST_STEM_BYTES = 180


def clean_name(name: str | None, fallback: str = "document") -> str:
    """Return the last component of a path, without invisible characters, at most ``LONGEST_NAME`` characters long.

    A name that is too long keeps its suffix; one without a visible character becomes ``fallback``.
    """
    last = re.split(r"[/\\]", name or "")[-1]
    shown = "".join(character for character in " ".join(last.split()) if is_shown(character))
    folded = " ".join(unicodedata.normalize("NFC", shown).split())
    return shorten_name(folded) if any(is_visible(character) for character in folded) else fallback


def make_film_name(name: str) -> str:
    """Return a file name for the film of the document ``name`` that every file system takes."""
    return make_file_stem(SUFFIX.sub("", clean_name(name))) + FILM_SUFFIX


def make_file_name(name: str) -> str:
    """Return a file name for the document ``name`` that every file system takes."""
    cleaned = clean_name(name)
    suffix = match.group() if (match := SUFFIX.search(cleaned)) else ""
    return make_file_stem(cleaned.removesuffix(suffix)) + REFUSED_IN_FILES.sub("_", suffix)


def make_file_stem(stem: str) -> str:
    stem = REFUSED_IN_FILES.sub("_", stem)
    return stem.encode()[:LONGEST_STEM_BYTES].decode(errors="ignore").strip(" .") or "document"


def is_shown(character: str) -> bool:
    """Return False for invisible, control, private and surrogate characters.

    Unassigned ones are shown, because emoji may be newer than Python's tables.
    """
    return character not in INVISIBLE and unicodedata.category(character) not in {"Cc", "Cs", "Co"}


def is_visible(character: str) -> bool:
    """Return whether a name of this character alone would show: not a dot, a space, a joiner or a combining mark."""
    category = unicodedata.category(character)
    return character != "." and category[0] not in "ZM" and category != "Cf"


def shorten_name(name: str) -> str:
    if len(name) <= LONGEST_NAME:
        return name
    match = SUFFIX.search(name)
    suffix = match.group() if match else ""
    cut = LONGEST_NAME - len(suffix) - 1
    while cut > 1 and is_within_character(name, cut):
        cut -= 1
    return name[:cut].rstrip() + "…" + suffix


def is_within_character(name: str, offset: int) -> bool:
    """Return whether a cut at ``offset`` would split a letter from its accent, or an emoji from its parts."""
    character = name[offset]
    joins = unicodedata.category(character) in {"Mn", "Mc", "Me", "Cf", "Sk"} or character == ZERO_WIDTH_JOINER
    return joins or name[offset - 1] == ZERO_WIDTH_JOINER
