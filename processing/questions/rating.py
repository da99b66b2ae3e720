"""Ratings of answers, good or bad. A rating holds the question's text only if the person chose to send it."""

from __future__ import annotations

from db.operations import questions, ratings
from errors import UserMistake
from processing.services import Services


def rate_answer(services: Services, tenant_id: int, question_id: str, good: bool) -> None:
    """Store a rating. It replaces an earlier one of the same answer.

    Raise ``UserMistake("question_gone")`` if the tenant has neither such a question nor a rating of it.
    """
    with services.database.tenant(tenant_id) as session:
        known = questions.find_question(session, tenant_id, question_id)
        if known is None and ratings.find_rating(session, tenant_id, question_id) is None:
            raise UserMistake("question_gone")
        ratings.put_rating(session, tenant_id, question_id, good, services.clock())


def add_question_to_rating(services: Services, tenant_id: int, question_id: str) -> None:
    """Store the question's text with its rating. Raise ``UserMistake("question_gone")`` if either is missing."""
    with services.database.tenant(tenant_id) as session:
        question = questions.find_question(session, tenant_id, question_id)
        rating = ratings.find_rating(session, tenant_id, question_id)
        if question is None or rating is None:
            raise UserMistake("question_gone")
        rating.text = question.text
