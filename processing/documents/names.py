"""What a document is called in front of people; never a path, never an identifier."""

from __future__ import annotations

import re
import unicodedata

LONGEST_NAME = 120
# Signs nobody sees; some of them turn the direction of text, so that "fdp.exe" is read as something else.
UNSEEN = frozenset(
    "\u00ad\u061c\u180e\u200b\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069"
    "\ufeff\ufff9\ufffa\ufffb\ufffe\uffff"
)
SUFFIX = re.compile(r"\.[^.\s]{1,10}$")
JOINER = "\u200d"
FILM_SUFFIX = ".socrate.mp4"
# Some file system or other refuses these, or a longer name than that many bytes.
REFUSED_IN_FILES = re.compile(r'[<>:"/\\|?*]')
LONGEST_FILE_STEM = 180


def clean_name(name: str | None, fallback: str = "document") -> str:
    """The last component of what was sent, without control characters, at most ``LONGEST_NAME`` characters.

    The suffix survives the shortening; a name of which nothing is left becomes ``fallback``.
    """
    last = re.split(r"[/\\]", name or "")[-1]
    shown = "".join(sign for sign in " ".join(last.split()) if is_shown(sign))
    folded = " ".join(unicodedata.normalize("NFC", shown).split())
    return shorten_name(folded) if any(is_visible(sign) for sign in folded) else fallback


def make_film_name(name: str) -> str:
    """A file name for the film of the document ``name`` that every system can keep."""
    return make_file_stem(SUFFIX.sub("", clean_name(name))) + FILM_SUFFIX


def make_file_name(name: str) -> str:
    """A file name for the document itself that every system can keep."""
    cleaned = clean_name(name)
    suffix = match.group() if (match := SUFFIX.search(cleaned)) else ""
    return make_file_stem(cleaned.removesuffix(suffix)) + REFUSED_IN_FILES.sub("_", suffix)


def make_file_stem(stem: str) -> str:
    stem = REFUSED_IN_FILES.sub("_", stem)
    return stem.encode()[:LONGEST_FILE_STEM].decode(errors="ignore").strip(" .") or "document"


def is_shown(sign: str) -> bool:
    """Control, private and surrogate characters go; unassigned ones stay, for emoji are younger than our tables."""
    return sign not in UNSEEN and unicodedata.category(sign) not in {"Cc", "Cs", "Co"}


def is_visible(sign: str) -> bool:
    """Whether the sign can carry a name: more than a dot, a space, a joiner or a mark on something else."""
    return sign != "." and unicodedata.category(sign)[0] not in "ZM" and unicodedata.category(sign) != "Cf"


def shorten_name(name: str) -> str:
    if len(name) <= LONGEST_NAME:
        return name
    match = SUFFIX.search(name)
    suffix = match.group() if match else ""
    cut = LONGEST_NAME - len(suffix) - 1
    while cut > 1 and continues_sign(name, cut):
        cut -= 1
    return name[:cut].rstrip() + "…" + suffix


def continues_sign(name: str, place: int) -> bool:
    """Whether a cut here would part an accent, a skin tone or a family of emoji from what it belongs to."""
    sign = name[place]
    marked = unicodedata.category(sign) in {"Mn", "Mc", "Me", "Cf", "Sk"} or sign == JOINER
    return marked or name[place - 1] == JOINER
