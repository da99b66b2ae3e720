"""Finds the earlier exchanges of a conversation, and chooses the words to search for with regard to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from db.models import Question
from db.operations import questions, tenants
from processing.language.detect import detect_language
from processing.language.tokens import count_content_words
from processing.questions.follow_up import MAX_EXCHANGES, is_follow_up, shorten_exchanges
from processing.questions.view import read_answer
from processing.services import Services
from processing.types import Exchange


@dataclass(frozen=True, slots=True)
class Conversation:
    """The exchanges before a question, and its possible meanings after them.

    ``words`` are the words to search for in the likelier meaning, ``other_words`` those in the other one, or empty.
    """

    exchanges: Sequence[Exchange]
    words: str
    other_words: str


def read_conversation(services: Services, question: Question) -> Conversation:
    exchanges = list_exchanges(services, question)
    text = question.text
    return Conversation(exchanges, choose_words(text, exchanges), choose_other_words(text, exchanges))


def list_exchanges(services: Services, question: Question) -> list[Exchange]:
    """Return the last few exchanges of the chat since the person began a new conversation, oldest first."""
    tenant_id = question.tenant_id
    with services.database.tenant(tenant_id, reading=True) as session:
        since = tenants.get_tenant(session, tenant_id).fresh_since
        before = question.created_at
        rows = questions.list_answered(session, tenant_id, question.chat_id, since, before, MAX_EXCHANGES)
    return shorten_exchanges([Exchange(row.text, read_answer(row.answer).text) for row in rows])


def choose_words(text: str, exchanges: Sequence[Exchange]) -> str:
    """Return the words to search for: the question, and if it depends on earlier questions also those.

    The questions are separated by line breaks, oldest first. The first one depends on no other, unless the exchanges do
    not reach back that far.
    """
    words = [text]
    for exchange in reversed(exchanges):
        if not depends_on_history(words[0]):
            break
        words.insert(0, exchange.question)
    return "\n".join(words)


def choose_other_words(text: str, exchanges: Sequence[Exchange]) -> str:
    """Return the words of the other possible meaning, or an empty string without exchanges.

    They are the question alone if it seems to depend on the one before, and otherwise both questions.
    """
    if not exchanges:
        return ""
    return text if depends_on_history(text) else f"{exchanges[-1].question}\n{text}"


def depends_on_history(text: str) -> bool:
    """Return whether the question can only be understood with the one before it."""
    language = detect_language(text)
    return is_follow_up(text, count_content_words(text, language), language)
