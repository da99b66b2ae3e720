"""Recognises questions that continue a conversation, and shortens the conversation."""

from __future__ import annotations

import re
from collections.abc import Sequence

from processing.types import Exchange

MAX_EXCHANGES = 4
EXCHANGE_CHARACTERS = 600
# Words at the beginning of a question that refer to the conversation before it.
OPENERS = re.compile(
    r"[\s¿¡«\"'(–—-]*+(?:(?:what|how) about|and|but|so|then|or|"
    r"e|ed|ma|però|allora|invece|oppure|"
    r"und|aber|oder|dann|et|mais|ou|alors|y|pero|entonces|mas|então|en|maar|a|i|ale|şi|și|dar|ve|peki|và|còn|"
    r"и|а|но|та|και|αλλά)(?=[\s,])"
    r"|\s*+(?:那么?|那麼|而|還有|还有|และ|แล้ว|और|و(?=\w))",
    re.IGNORECASE,
)
# Whole questions that cannot be understood without the conversation before them.
BARE = re.compile(
    r"\W*+(?:why(?: not)?|how(?: so)?|when|where|who|since when|until when|"
    r"perch[éè](?: no)?|come mai|quando|dove|chi|"
    r"warum(?: nicht)?|wieso|weshalb|wann|wo|wer|wie|"
    r"por qué(?: no)?|cómo|cuándo|dónde|quién|pourquoi(?: pas)?|comment|quand|où|qui|por quê|porquê|quem|onde|"
    r"waarom(?: niet)?|hoe|wanneer|waar|wie|"
    r"почему|зачем|отчего|как|когда|где|кто|куда|откуда|сколько|чому|"
    r"(?:tell me |say |explain )?(?:more|in (?:more )?detail)|go on|for example|an example|"
    r"(?:can you |could you |please )*(?:give|show) (?:me )?(?:an?|another|some|more)(?: more)? examples?|"
    r"(?:dimmi di più|di più|continua|spiega(?:mi)? meglio|per esempio)|"
    r"(?:fammi|dammi|mostrami) (?:un|un altro) esempio|"
    r"(?:mehr dazu|erzähl mir mehr|weiter|zum beispiel|(?:gib|zeig) mir ein beispiel)|"
    r"(?:cuéntame más|dime más|por ejemplo|dame (?:un|otro) ejemplo)|"
    r"(?:dis-m'en plus|continue|par exemple|donne[- ](?:moi )?un exemple|donnez-moi un exemple)|"
    r"(?:подробнее|расскажи (?:подробнее|больше)|например|(?:приведи|дай) пример))(?: please| per favore| bitte)?\W*+",
    re.IGNORECASE,
)
# Pronouns and similar words that refer to the conversation before the question, by language, because a word may mean
# something else in another language.
POINTERS = {
    "english": r"it|its|they|them|their|theirs|he|him|his|she|her|hers"
    r"|(?:this|that|the other|the first|the second) one",
    # Before these sounds "lo" is an article.
    "italian": r"lui|lei|loro|ess[oaie]|suo|sua|suoi|sue|l['’](?:ha|hanno|aveva|avevano)"
    r"|lo\s+(?!s[^aeiou\s]|z|gn|p[sn]|x|y)\w+|(?:quest|quell)['’]ultim[oa]|quell['’]altr[oa]",
    "german": r"er|sie|ihn|ihm|ihr|ihre[rnms]?|seine?[rnms]?|dessen|deren|davon|damit|dafür|dazu|darin"
    r"|(?<!gibt )(?<!geht )es",
    "french": r"elles?|ils|lui|leurs?|son|sa|ses|l['’](?:a|ont|avait|avaient)|celui-ci|celle-ci|celui-là|celle-là"
    r"|il(?! y a| faut| est possible)",
    "spanish": r"él|ella|ellos|ellas|su|sus|lo(?! (?:que|más|mejor|peor|mismo))|este último|esta última",
    "portuguese": r"ele|ela|eles|elas|dele|dela|deles|delas|seu|sua|seus|suas",
    "dutch": r"hij|hem|hun|ervan|ermee|daarvan|daarmee",
    "russian": r"он|она|оно|они|его|её|ее|их|ему|ей|им|них|ним|ней|нём|нем|этого|этим|этом|його|її|їх|він|вона|вони",
}
POINTER_PATTERNS = {
    language: re.compile(rf"\b(?:{words})(?!\w)", re.IGNORECASE) for language, words in POINTERS.items()
}
# A question with at least this many content words usually says itself what its pronoun refers to.
INDEPENDENT_WORDS = 5


def is_follow_up(question: str, content_words: int, language: str) -> bool:
    """Return whether the question can only be understood with the one before it.

    ``content_words`` is the number of its words that are not stop words. A question whose language is not recognised
    counts as English.
    """
    if content_words == 0 or OPENERS.match(question) or BARE.fullmatch(question):
        return True
    pointers = POINTER_PATTERNS.get(language or "english")
    return content_words < INDEPENDENT_WORDS and pointers is not None and bool(pointers.search(question))


def shorten_exchanges(exchanges: Sequence[Exchange]) -> list[Exchange]:
    """Return the last ``MAX_EXCHANGES`` exchanges, in the same order, with texts cut to ``EXCHANGE_CHARACTERS``."""
    return [Exchange(cut(exchange.question), cut(exchange.answer)) for exchange in exchanges[-MAX_EXCHANGES:]]


def cut(text: str) -> str:
    return text if len(text) <= EXCHANGE_CHARACTERS else text[:EXCHANGE_CHARACTERS] + "…"
