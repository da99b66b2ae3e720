"""What was said before in a chat, for the question that comes next."""

from __future__ import annotations

from collections.abc import Sequence

from db.models import Question
from db.operations import questions, tenants
from processing.results import Turn
from processing.retrieval.language import recognise
from processing.retrieval.tokens import count_telling_words
from processing.rules.conversation import MOST_TURNS, bound_turns, is_follow_up
from processing.services import Services
from processing.views import read_answer


def list_turns(services: Services, question: Question) -> list[Turn]:
    """The last few of the chat since the person began afresh, oldest first."""
    tenant_id = question.tenant_id
    with services.database.tenant(tenant_id, reading=True) as session:
        since = tenants.get_tenant(session, tenant_id).fresh_since
        before = question.created_at
        rows = questions.list_answered(session, tenant_id, question.chat_id, since, before, MOST_TURNS)
    return bound_turns([Turn(row.text, read_answer(row.answer).text) for row in rows])


def choose_words(text: str, turns: Sequence[Turn]) -> str:
    """What to look for in the documents: a follow-up together with the questions before it, back to one that stands."""
    words = [text]
    for turn in reversed(turns):
        if not leans(words[0]):
            break
        words.insert(0, turn.question)
    return "\n".join(words)


def choose_other_words(text: str, turns: Sequence[Turn]) -> str:
    """What else may have been meant: the question by itself, or together with the one before; empty where nothing."""
    if not turns:
        return ""
    return text if leans(text) else f"{turns[-1].question}\n{text}"


def leans(text: str) -> bool:
    language = recognise(text)
    return is_follow_up(text, count_telling_words(text, language), language)
