"""What people say to be polite, which is no question to a document."""

from __future__ import annotations

import re

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


def find_courtesy(text: str) -> str | None:
    """``greeting`` or ``thanks`` where the whole text is nothing else."""
    match = SAID.fullmatch(text)
    if match is None or not WORD.search(text):
        return None
    return THANKS if match["thanks"] else GREETING
