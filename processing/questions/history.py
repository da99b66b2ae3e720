"""What was said before in a chat, for the question that comes next."""

from __future__ import annotations

from collections.abc import Sequence

from db.models import Question
from db.operations import questions, tenants
from processing.language.detect import detect_language
from processing.language.tokens import count_content_words
from processing.questions.follow_up import MOST_EXCHANGES, is_follow_up, shorten_exchanges
from processing.questions.view import read_answer
from processing.services import Services
from processing.types import Exchange


def list_exchanges(services: Services, question: Question) -> list[Exchange]:
    """The last few of the chat since the person began afresh, oldest first."""
    tenant_id = question.tenant_id
    with services.database.tenant(tenant_id, reading=True) as session:
        since = tenants.get_tenant(session, tenant_id).fresh_since
        before = question.created_at
        rows = questions.list_answered(session, tenant_id, question.chat_id, since, before, MOST_EXCHANGES)
    return shorten_exchanges([Exchange(row.text, read_answer(row.answer).text) for row in rows])


def choose_words(text: str, exchanges: Sequence[Exchange]) -> str:
    """What to look for in the documents: a follow-up together with the questions before it, back to one that stands."""
    words = [text]
    for exchange in reversed(exchanges):
        if not leans(words[0]):
            break
        words.insert(0, exchange.question)
    return "\n".join(words)


def choose_other_words(text: str, exchanges: Sequence[Exchange]) -> str:
    """What else may have been meant: the question by itself, or together with the one before; empty where nothing."""
    if not exchanges:
        return ""
    return text if leans(text) else f"{exchanges[-1].question}\n{text}"


def leans(text: str) -> bool:
    language = detect_language(text)
    return is_follow_up(text, count_content_words(text, language), language)
