"""Lets the model write an answer: streams it into the chat, then checks its citations against the passages."""

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
from processing.text.storable import join_pairs, make_storable
from processing.types import Answer, AnswerView, Exchange, Quote, Usage

MAX_QUOTES = 6
CHECK_SECONDS = 0.5
# A reply that is longer ends there: an answer of a few sentences was asked for.
LONGEST_REPLY = 20_000
# The reply is read again when it has grown by this share, so that reading a long one costs little in all.
GROWTH = 0.02
UNGROUNDED = ("note_uncited", "note_unverified_all")
CheckWanted = Callable[[], None]


def is_over_budget(services: WorkerServices, tenant_id: int) -> bool:
    """Return whether the tenant has used up ``MODEL_TOKENS_A_DAY`` today. There is no limit if the setting is 0."""
    allowed = services.settings.model_tokens_a_day
    if not allowed:
        return False
    with services.database.tenant(tenant_id, reading=True) as session:
        return daily_usage.get_tokens(session, tenant_id, services.clock().date()) >= allowed


def write_answer_from_any(
    services: WorkerServices,
    question: Question,
    view: AnswerView,
    words: str,
    exchanges: Sequence[Exchange],
    check_wanted: CheckWanted,
) -> Answer:
    """Return the model's answer from the quotes of ``view``, or from another document if that is not grounded.

    An answer from another document is returned only if it is grounded. If the model finds no answer at all, the nearest
    passages are returned. Raise what ``write_answer`` raises.
    """
    answer = write_answer(services, view, exchanges, check_wanted)
    if is_grounded(answer):
        return answer
    if others := list_from_other_document(services, question, words, MAX_QUOTES):
        elsewhere = write_answer(services, replace(view, answer=Answer(quotes=others)), exchanges, check_wanted)
        if is_grounded(elsewhere):
            return elsewhere
    return answer if answer.text else Answer(quotes=list_nearest(view.answer.quotes))


def is_grounded(answer: Answer) -> bool:
    """Return whether the model wrote an answer of which at least one citation is verified."""
    return bool(answer.text) and answer.note_key not in UNGROUNDED


def write_answer(
    services: WorkerServices, view: AnswerView, exchanges: Sequence[Exchange], check_wanted: CheckWanted
) -> Answer:
    """Return the model's answer from the quotes of ``view``, or an empty one if they do not hold the answer.

    Raise ``ModelUnavailable`` if the model writes nothing usable, and the error of ``check_wanted`` if the answer is no
    longer wanted.
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
    """Return the reply, and the quotes that were in the prompt.

    While the prompt is too long, half of the quotes and all exchanges are left out. Raise ``PromptTooLong`` if it is
    still too long with one quote.
    """
    quotes = view.answer.quotes
    while True:
        try:
            return stream_reply(services, view, write_prompt(view.question, quotes, exchanges), check_wanted), quotes
        except PromptTooLong:
            if len(quotes) == 1 and not exchanges:
                raise
            quotes, exchanges = quotes[: max(1, len(quotes) // 2)], ()


def stream_reply(services: WorkerServices, view: AnswerView, prompt: str, check_wanted: CheckWanted) -> str:
    """Show the reply in the chat while it is written, and return it. Record the usage even if an error is raised.

    The two halves of a surrogate pair may come in different pieces.
    """
    assert services.model is not None
    usage, began, checked = Usage(), time.monotonic(), time.monotonic()
    written, shown, read = "", "", 0
    try:
        with closing(services.model.stream(INSTRUCTIONS, prompt, usage)) as pieces:
            for piece in pieces:
                written += piece
                grown = len(written) - read > read * GROWTH
                if grown and (text := read_so_far(make_storable(join_pairs(written)))) != shown:
                    shown = text
                    services.notifier.show_answer(replace(view, answer=Answer(text=text)))
                read = len(written) if grown else read
                if time.monotonic() - checked > CHECK_SECONDS:
                    checked = time.monotonic()
                    check_wanted()
                if len(written) > LONGEST_REPLY:
                    break
    finally:
        day, seconds = services.clock().date(), time.monotonic() - began
        with services.database.tenant(view.tenant_id) as session:
            daily_usage.add_usage(session, view.tenant_id, day, usage.tokens_in, usage.tokens_out, seconds)
    check_wanted()
    return str(make_storable(join_pairs(written)))
