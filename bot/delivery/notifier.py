"""Edits and sends messages, from any thread: progress may be skipped, outcomes are delivered."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import partial
from typing import Any

from telegram import InputFile, ReplyParameters
from telegram.constants import ChatAction, ParseMode
from telegram.error import BadRequest, Forbidden, InvalidToken, NetworkError, TelegramError
from telegram.ext import ExtBot

from bot.context import NO_PREVIEW
from bot.delivery.certainty import is_gone, is_token_refused, judge, may_have_arrived, name_problem
from bot.delivery.progress import MessageRef, ProgressEdits
from bot.render.answer import render_answer
from bot.render.citation import render_source
from bot.render.document import render_document
from bot.render.message import Rendered, make_plain
from bot.render.notice import render_notice
from bot.render.occurrences import render_occurrences
from bot.render.split import split_html
from bot.texts import say
from processing.delivery import Delivery, DeliveryState, Sending
from processing.types import AnswerView, DocumentView, FileView, NoticeView, QuestionKind, SourceView

CLOSE_SECONDS = 30.0
UPLOAD_SECONDS = 120.0
# A new message must not be sent twice, so its answer is waited for as long as a connection may live.
ANSWER_SECONDS = 300.0
LATER_SECONDS = 5.0

UNCHANGED = "message is not modified"
log = logging.getLogger(__name__)


class TelegramNotifier:
    """``ports.Notifier`` with one bot, which runs on one long-lived event loop."""

    def __init__(self, bot: ExtBot[Any], loop: asyncio.AbstractEventLoop) -> None:
        self.bot, self.loop = bot, loop
        self.progress = ProgressEdits(loop, self._edit_progress)

    def show_document(self, view: DocumentView) -> None:
        self._show(view.bot_id, view.chat_id, view.message_id, partial(render_document, view))

    def show_answer(self, view: AnswerView) -> None:
        self._show(view.bot_id, view.chat_id, view.message_id, partial(render_answer, view))

    def close_progress(self, chat_id: int, message_id: int | None) -> None:
        with suppress(TimeoutError):
            closing = self.progress.close((chat_id, message_id or 0))
            asyncio.run_coroutine_threadsafe(closing, self.loop).result(CLOSE_SECONDS)

    def deliver_document(self, view: DocumentView, sending: Sending) -> Delivery:
        return self._wait(self.deliver(view.chat_id, render_document(view), sending))

    def repair_document(self, view: DocumentView) -> None:
        self._repair(view.chat_id, view.message_id, render_document(view))

    def deliver_answer(self, view: AnswerView, sending: Sending) -> Delivery:
        return self._wait(self.deliver(view.chat_id, render_outcome(view), sending))

    def repair_answer(self, view: AnswerView) -> None:
        self._repair(view.chat_id, view.message_id, render_outcome(view))

    def deliver_preview(self, view: SourceView) -> Delivery:
        return self._wait(self._guard(self._send_source(view)))

    def deliver_file(self, view: FileView) -> Delivery:
        return self._wait(self._guard(self._send_file(view)))

    def deliver_notice(self, view: NoticeView, sending: Sending) -> Delivery:
        return self._wait(self.deliver(view.chat_id, render_notice(view), sending))

    async def deliver(self, chat_id: int, rendered: Rendered, sending: Sending) -> Delivery:
        """Edit the message to its final text, or send that if it can't be edited. Never raises ``TelegramError``."""
        shown = make_plain(rendered) if sending.plain else rendered
        async with self.progress.closed((chat_id, sending.message_id or 0)):
            return await self._guard(self._deliver(chat_id, shown, sending))

    def _show(self, bot_id: int, chat_id: int, message_id: int | None, render: Callable[[], Rendered]) -> None:
        """Show progress in a message of this bot. A message of another bot may have the same id as one of this bot."""
        if message_id is not None and bot_id in (0, int(self.bot.token.partition(":")[0])):
            self.loop.call_soon_threadsafe(self.progress.show, (chat_id, message_id), render())

    async def _edit_progress(self, ref: MessageRef, rendered: Rendered) -> bool:
        return await self._edit(*ref, rendered, droppable=True)

    async def _guard(self, delivery: Coroutine[None, None, Delivery]) -> Delivery:
        """Return the result of ``delivery``; an error of Telegram becomes a delivery that says when to try again."""
        try:
            return await delivery
        except InvalidToken as error:
            if await is_token_refused(self.bot):
                return Delivery(DeliveryState.TOKEN_REFUSED, seconds=LATER_SECONDS, problem=name_problem(error))
            return Delivery(DeliveryState.REFUSED, problem=name_problem(error))
        except TelegramError as error:
            judged = judge(error)
            log.warning("message_not_delivered", extra={"state": judged.state, "error": judged.problem})
            return judged

    async def _send_source(self, view: SourceView) -> Delivery:
        """Send the picture of the page with the passage as caption, or else the passage with the texts around it."""
        rendered = render_source(view)
        if view.picture is None:
            return await self._deliver(view.chat_id, rendered, Sending(), reply_to=view.message_id)
        message = await self.bot.send_photo(
            view.chat_id,
            view.picture.jpeg,
            filename="page.jpg",
            caption=rendered.text,
            parse_mode=ParseMode.HTML,
            reply_parameters=make_reply(view.message_id),
            read_timeout=ANSWER_SECONDS,
        )
        return Delivery(DeliveryState.DELIVERED, message.message_id)

    async def _send_file(self, view: FileView) -> Delivery:
        """Send the file as a document, because Telegram may re-encode what it recognises as a video."""
        with suppress(NetworkError):
            await self.bot.send_chat_action(view.chat_id, ChatAction.UPLOAD_DOCUMENT)
        try:
            with view.path.open("rb") as file:
                message = await self.bot.send_document(
                    view.chat_id,
                    InputFile(file, view.file_name, read_file_handle=False),
                    caption=say(view.language, view.caption_key, **view.caption_facts),
                    parse_mode=ParseMode.HTML,
                    disable_content_type_detection=True,
                    write_timeout=UPLOAD_SECONDS,
                    read_timeout=ANSWER_SECONDS,
                )
        except NetworkError as error:
            if not may_have_arrived(error):
                raise
            log.warning("delivery_uncertain", extra={"error": type(error).__name__})
            return Delivery(DeliveryState.DELIVERED)
        return Delivery(DeliveryState.DELIVERED, message.message_id)

    async def _deliver(
        self, chat_id: int, rendered: Rendered, sending: Sending, reply_to: int | None = None
    ) -> Delivery:
        """Send the parts of the text that are not sent yet. The first part replaces the message, if there is one."""
        texts = split_html(rendered.text)
        # What was refused several times as an edit may be accepted as a new message.
        message_id = None if sending.plain else sending.message_id
        for number, text in enumerate(texts):
            part = Rendered(text, rendered.keyboard if number == len(texts) - 1 else None)
            if number < sending.parts_sent and (number or sending.plain):
                message_id = message_id or sending.message_id
                continue
            if number == 0:
                message_id = await self._show_first(chat_id, message_id, part, reply_to)
            else:
                await self._send(chat_id, part, reply_to=message_id)
            if len(texts) > 1 or message_id != sending.message_id:
                await asyncio.to_thread(sending.record_part, number + 1, message_id)
        return Delivery(DeliveryState.DELIVERED, message_id)

    async def _show_first(
        self, chat_id: int, message_id: int | None, part: Rendered, reply_to: int | None
    ) -> int | None:
        """Return the id of the message that shows the part: the given one, or else a new one."""
        if message_id is not None and await self._edit(chat_id, message_id, part, droppable=False):
            return message_id
        return await self._send(chat_id, part, reply_to)

    async def _send(self, chat_id: int, rendered: Rendered, reply_to: int | None = None) -> int | None:
        """Return the id of the new message; None if the message may have arrived, so that it must not be sent again."""
        try:
            message = await self.bot.send_message(
                chat_id,
                rendered.text,
                parse_mode=ParseMode.HTML,
                reply_markup=rendered.keyboard,
                link_preview_options=NO_PREVIEW,
                reply_parameters=make_reply(reply_to),
                read_timeout=ANSWER_SECONDS,
            )
        except NetworkError as error:
            if not may_have_arrived(error):
                raise
            log.warning("delivery_uncertain", extra={"error": type(error).__name__})
            return None
        return message.message_id

    def _repair(self, chat_id: int, message_id: int | None, rendered: Rendered) -> None:
        if message_id is not None:
            self._wait(self._edit_again(chat_id, message_id, rendered))

    async def _edit_again(self, chat_id: int, message_id: int, rendered: Rendered) -> Delivery:
        """Edit the message to the first part of the text. The other parts have messages without progress."""
        first, *rest = split_html(rendered.text)
        shown = Rendered(first, None if rest else rendered.keyboard)
        async with self.progress.closed((chat_id, message_id)):
            return await self._guard(self._edit_finally(chat_id, message_id, shown))

    async def _edit_finally(self, chat_id: int, message_id: int, rendered: Rendered) -> Delivery:
        await self._edit(chat_id, message_id, rendered, droppable=False)
        return Delivery(DeliveryState.DELIVERED, message_id)

    async def _edit(self, chat_id: int, message_id: int, rendered: Rendered, *, droppable: bool) -> bool:
        """Return True if the message has this text and keyboard now, and False if Telegram refuses to edit it."""
        try:
            await self.bot.edit_message_text(
                rendered.text,
                chat_id=chat_id,
                message_id=message_id,
                parse_mode=ParseMode.HTML,
                reply_markup=rendered.keyboard,
                link_preview_options=NO_PREVIEW,
                rate_limit_args={"droppable": droppable},
            )
        except (BadRequest, Forbidden) as error:
            if UNCHANGED in str(error).lower():
                return True
            if is_gone(error):
                raise
            return False
        return True

    def _wait(self, delivery: Coroutine[None, None, Delivery]) -> Delivery:
        """Return what became of the message, however long that takes: no second send may begin while this one is open.

        It ends, because every call to Telegram has a time-out.
        """
        return asyncio.run_coroutine_threadsafe(delivery, self.loop).result()


def render_outcome(view: AnswerView) -> Rendered:
    """Return the final message of a question: an answer, or the occurrences of words."""
    return render_occurrences(view) if view.kind == QuestionKind.FIND else render_answer(view)


def make_reply(message_id: int | None) -> ReplyParameters | None:
    return ReplyParameters(message_id, allow_sending_without_reply=True) if message_id else None
