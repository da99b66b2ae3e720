"""Questions for what a document is about as a whole, which no passage answers by its words."""

from __future__ import annotations

import re

WAYS = (
    # English
    r"summari[sz]e(?: (?:it|them|everything|(?:me )?(?:this|that|the|my)(?: (?:whole|entire))?(?: \w+)?))?",
    r"(?:give me )?(?:an? |the )?(?:short |brief )?(?:summary|overview)(?: of (?:it|(?:this|the|my) \w+))?",
    r"what(?:'s| is| does) (?:it|this|the|that)(?: (?:document|book|text|file|paper|manual|article|report|pdf))?"
    r"(?: all)? about",
    r"tl;?dr",
    # Italian
    r"riassum(?:i|imi|ere|ilo)(?: \w+){0,3}",
    r"(?:fammi |fai )?(?:un )?riassunto(?: \w+){0,3}",
    r"di (?:che )?cosa (?:parla|tratta)(?: \w+){0,2}",
    # German, Spanish, French, Russian
    r"fasse? (?:\w+ ){0,2}zusammen",
    r"zusammenfassung(?: \w+){0,2}",
    r"worum geht es(?: \w+){0,3}",
    r"resum(?:e|ir|en|elo)(?: \w+){0,3}",
    r"de qué (?:trata|habla)(?: \w+){0,3}",
    r"résum(?:e|é|er|ez)(?: \w+){0,3}",
    r"de quoi (?:parle|traite)(?: \w+){0,3}",
    r"(?:кратко )?(?:перескажи|краткое содержание|о ч[её]м)(?: \w+){0,4}",
)
ASKED = re.compile(
    rf"\W*(?:(?:please|can you|could you) )*(?:{'|'.join(WAYS)})(?:,? (?:please|per favore|bitte|por favor))?\W*",
    re.IGNORECASE,
)


def is_overview(question: str) -> bool:
    """Whether it asks for the whole and for nothing in it."""
    return bool(ASKED.fullmatch(question))
