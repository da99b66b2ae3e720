"""Ratings of answers, good or bad. The question's text is kept with one only if its owner sends it."""

from __future__ import annotations

from db.operations import questions, ratings
from errors import UserMistake
from processing.services import Services


def rate_answer(services: Services, tenant_id: int, question_id: str, good: bool) -> None:
    """Store the rating; a later one replaces it.

    Raises ``UserMistake("question_gone")`` for a question that is not the tenant's, or that is no longer kept and has
    no rating.
    """
    with services.database.tenant(tenant_id) as session:
        known = questions.find_question(session, tenant_id, question_id)
        if known is None and ratings.find_rating(session, tenant_id, question_id) is None:
            raise UserMistake("question_gone")
        ratings.put_rating(session, tenant_id, question_id, good, services.clock())


def add_question_to_rating(services: Services, tenant_id: int, question_id: str) -> None:
    """Keep the question's text with its rating. Raises ``UserMistake("question_gone")`` if either is missing."""
    with services.database.tenant(tenant_id) as session:
        question = questions.find_question(session, tenant_id, question_id)
        rating = ratings.find_rating(session, tenant_id, question_id)
        if question is None or rating is None:
            raise UserMistake("question_gone")
        rating.text = question.text
