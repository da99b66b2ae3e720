"""Good or bad: recorded without a word of the question, unless its owner sends it along."""

from __future__ import annotations

from db.operations import questions, ratings
from errors import UserMistake
from processing.services import Services


def rate_answer(services: Services, tenant_id: int, question_id: str, good: bool) -> None:
    """``question_gone`` for a question that is not the tenant's, or no longer kept and never rated."""
    with services.database.tenant(tenant_id) as session:
        known = questions.find_question(session, tenant_id, question_id)
        if known is None and ratings.find_rating(session, tenant_id, question_id) is None:
            raise UserMistake("question_gone")
        ratings.put_rating(session, tenant_id, question_id, good, services.clock())


def send_along(services: Services, tenant_id: int, question_id: str) -> None:
    """Keep the question's text with the opinion; ``question_gone`` where the one or the other is missing."""
    with services.database.tenant(tenant_id) as session:
        question = questions.find_question(session, tenant_id, question_id)
        rating = ratings.find_rating(session, tenant_id, question_id)
        if question is None or rating is None:
            raise UserMistake("question_gone")
        rating.text = question.text
