"""Recognises small talk, and questions about a whole document."""

from __future__ import annotations

import re
from enum import StrEnum

OVERVIEW_PHRASES = (
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
OVERVIEW = re.compile(
    rf"\W*+(?:(?:please|can you|could you) )*+(?:{'|'.join(OVERVIEW_PHRASES)})"
    r"(?:,? (?:please|per favore|bitte|por favor))?+\W*+",
    re.IGNORECASE,
)

GREETINGS = (
    r"hi(?: there)?|hello(?: there)?|hey|good (?:morning|afternoon|evening)|"
    r"ciao|salve|buongiorno|buonasera|buon pomeriggio|hallo|guten (?:morgen|tag|abend)|moin|servus|"
    r"bonjour|bonsoir|salut|hola|buenos días|buenas(?: tardes| noches)?|olá|oi|bom dia|boa tarde|"
    r"привет|здравствуйте?|добрый (?:день|вечер)|доброе утро|你好|您好|こんにちは|مرحبا|नमस्ते"
)
THANKS = (
    r"(?:many )?thanks(?: a lot| so much| very much)?|thank you(?: very much| so much)?|thx|ty|cheers|"
    r"grazie(?: mille| tante)?|ti ringrazio|danke(?: schön| sehr)?|vielen dank|merci(?: beaucoup)?|"
    r"(?:muchas )?gracias|(?:muito )?obrigad[oa]|большое спасибо|спасибо(?: большое)?|谢谢|謝謝|ありがとう|شكرا|"
    r"ok(?:ay)?|great|perfect|perfetto|bene|bravo|nice|super|prima|good|got it|capito|хорошо|ясно"
)
# Possessive, because the same words can be taken for thanks in many ways, of which one is enough.
SMALL_TALK = re.compile(
    rf"\W*+(?:(?:{GREETINGS}),?\s*+)?+(?P<thanks>(?:(?:{THANKS})[\s,.!]*+)++)?+(?:socrate|bot)?\W*+", re.IGNORECASE
)
# Longer texts are questions. The expressions are tried on the bot's event loop, so the time that they take is bounded.
LONGEST = 200
WORD = re.compile(r"\w")


class SmallTalk(StrEnum):
    """The kinds of small talk. The values are keys of the bot's sentences that reply to them."""

    GREETING = "greeting"
    THANKS = "thanks"


def find_small_talk(text: str) -> SmallTalk | None:
    """Return the kind of small talk if the whole text is small talk, otherwise None."""
    match = SMALL_TALK.fullmatch(text) if len(text) <= LONGEST else None
    if match is None or not WORD.search(text):
        return None
    return SmallTalk.THANKS if match["thanks"] else SmallTalk.GREETING


def is_overview(question: str) -> bool:
    """Return whether the question asks what a document as a whole is about, and nothing else."""
    return len(question) <= LONGEST and bool(OVERVIEW.fullmatch(question))
