"""What kind of message a text is: small talk, a question about the whole document, or any other question."""

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

GREETING, THANKS = "greeting", "thanks"
GREETINGS = (
    r"hi(?: there)?|hello(?: there)?|hey|good (?:morning|afternoon|evening)|"
    r"ciao|salve|buongiorno|buonasera|buon pomeriggio|hallo|guten (?:morgen|tag|abend)|moin|servus|"
    r"bonjour|bonsoir|salut|hola|buenos días|buenas(?: tardes| noches)?|olá|oi|bom dia|boa tarde|"
    r"привет|здравствуйте?|добрый (?:день|вечер)|доброе утро|你好|您好|こんにちは|مرحبا|नमस्ते"
)
THANKING = (
    r"(?:many )?thanks(?: a lot| so much| very much)?|thank you(?: very much| so much)?|thx|ty|cheers|"
    r"grazie(?: mille| tante)?|ti ringrazio|danke(?: schön| sehr)?|vielen dank|merci(?: beaucoup)?|"
    r"(?:muchas )?gracias|(?:muito )?obrigad[oa]|большое спасибо|спасибо(?: большое)?|谢谢|謝謝|ありがとう|شكرا|"
    r"ok(?:ay)?|great|perfect|perfetto|bene|bravo|nice|super|prima|good|got it|capito|хорошо|ясно"
)
SAID = re.compile(
    rf"\W*(?:(?:{GREETINGS}),?\s*)?(?P<thanks>(?:(?:{THANKING})[\s,.!]*)+)?(?:socrate|bot)?\W*", re.IGNORECASE
)
WORD = re.compile(r"\w")


def find_small_talk(text: str) -> str | None:
    """``greeting`` or ``thanks`` where the whole text is nothing else."""
    match = SAID.fullmatch(text)
    if match is None or not WORD.search(text):
        return None
    return THANKS if match["thanks"] else GREETING


def is_overview(question: str) -> bool:
    """Whether it asks for the whole and for nothing in it."""
    return bool(ASKED.fullmatch(question))
