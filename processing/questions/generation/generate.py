"""The model's part of an answer: its words streamed into the chat, then checked against the passages."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace

from db.models import Question
from db.operations import daily_usage
from errors import ModelUnavailable, PromptTooLong
from processing.questions.generation.prompt import INSTRUCTIONS, write_prompt
from processing.questions.generation.reply import read_reply, read_so_far
from processing.questions.generation.verify_citations import check_reply
from processing.questions.select import list_from_other_document, list_nearest
from processing.services import WorkerServices
from processing.types import Answer, AnswerView, Exchange, Quote, Usage

MOST_QUOTES = 6
CHECK_SECONDS = 0.5
UNGROUNDED = ("note_uncited", "note_unverified_all")
CheckWanted = Callable[[], None]


def is_over_budget(services: WorkerServices, tenant_id: int) -> bool:
    """Whether the tenant's answers have taken what the settings allow for today."""
    allowed = services.settings.model_tokens_a_day
    if not allowed:
        return False
    with services.database.tenant(tenant_id, reading=True) as session:
        return daily_usage.get_tokens(session, tenant_id, services.clock().date()) >= allowed


def write_somewhere(
    services: WorkerServices,
    question: Question,
    view: AnswerView,
    words: str,
    exchanges: Sequence[Exchange],
    check_wanted: CheckWanted,
) -> Answer:
    """What the model says from ``view``'s quotes, else from another document; the nearest where it finds no answer.

    From a document that nobody asked only what is grounded in it is taken. Raises as ``write_answer``.
    """
    answer = write_answer(services, view, exchanges, check_wanted)
    if is_grounded(answer):
        return answer
    if others := list_from_other_document(services, question, words, MOST_QUOTES):
        elsewhere = write_answer(services, replace(view, answer=Answer(quotes=others)), exchanges, check_wanted)
        if is_grounded(elsewhere):
            return elsewhere
    return answer if answer.text else Answer(quotes=list_nearest(view.answer.quotes))


def is_grounded(answer: Answer) -> bool:
    """Whether some words that the model relies on stand where it says they do."""
    return bool(answer.text) and answer.note_key not in UNGROUNDED


def write_answer(
    services: WorkerServices, view: AnswerView, exchanges: Sequence[Exchange], check_wanted: CheckWanted
) -> Answer:
    """What the model says to the question; no text and no quotes where it finds no answer in ``view``'s quotes.

    ``ModelUnavailable`` where it says nothing usable. ``check_wanted`` raises when nobody waits for it any more.
    """
    if not view.answer.quotes:
        return Answer()
    written, quotes = write_shortened(services, view, exchanges, check_wanted)
    reply = read_reply(written)
    if reply.refused:
        return Answer()
    text, cited = check_reply(reply, quotes)
    if not any(map(str.isalnum, text)):
        raise ModelUnavailable
    if not cited:
        return Answer(list_nearest(quotes), text, "note_uncited")
    return Answer(cited, text, "" if any(quote.verified for quote in cited) else "note_unverified_all")


def write_shortened(
    services: WorkerServices, view: AnswerView, exchanges: Sequence[Exchange], check_wanted: CheckWanted
) -> tuple[str, tuple[Quote, ...]]:
    """The reply and the quotes it was given: half of them where the model can't read all, without what was before."""
    quotes = view.answer.quotes
    while True:
        try:
            return stream_reply(services, view, write_prompt(view.question, quotes, exchanges), check_wanted), quotes
        except PromptTooLong:
            if len(quotes) == 1 and not exchanges:
                raise
            quotes, exchanges = quotes[: max(1, len(quotes) // 2)], ()


def stream_reply(services: WorkerServices, view: AnswerView, prompt: str, check_wanted: CheckWanted) -> str:
    """Show the reply while it grows, without its tail; give the whole. What it took is recorded, whatever its end."""
    assert services.model is not None
    usage, began, checked = Usage(), time.monotonic(), time.monotonic()
    written, shown = "", ""
    try:
        with closing(services.model.stream(INSTRUCTIONS, prompt, usage)) as pieces:
            for piece in pieces:
                written += piece
                if piece and (text := read_so_far(written)) != shown:
                    shown = text
                    services.notifier.show_answer(replace(view, answer=Answer(text=text)))
                if time.monotonic() - checked > CHECK_SECONDS:
                    checked = time.monotonic()
                    check_wanted()
    finally:
        day, seconds = services.clock().date(), time.monotonic() - began
        with services.database.tenant(view.tenant_id) as session:
            daily_usage.add_usage(session, view.tenant_id, day, usage.tokens_in, usage.tokens_out, seconds)
    check_wanted()
    return written
