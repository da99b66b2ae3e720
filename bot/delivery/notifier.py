"""Edits and sends messages, from any thread: progress may be skipped, outcomes are delivered."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from telegram import InputFile, ReplyParameters
from telegram.constants import ChatAction, ParseMode
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter, TelegramError
from telegram.ext import ExtBot

from bot.context import NO_PREVIEW, UNEDITABLE
from bot.delivery.certainty import may_have_arrived
from bot.delivery.rate_limiter import RateLimitReached, get_seconds
from bot.render.answer import render_answer
from bot.render.citation import render_source
from bot.render.document import render_document
from bot.render.message import Rendered
from bot.render.notice import render_notice
from bot.render.occurrences import render_occurrences
from bot.render.split import split_html
from bot.texts import say
from processing.types import (
    AnswerView,
    Delivery,
    DeliveryState,
    DocumentView,
    FileView,
    NoticeView,
    QuestionKind,
    SourceView,
)

PRIVATE_GAP_SECONDS = 1.5
GROUP_GAP_SECONDS = 4.0
RATE_LIMITED_GAP_SECONDS = 0.4  # The pause before the next attempt if the rate limit left no room for an edit.
# Shorter than the pause after which another process delivers (``processing.notifications.outbox.PAUSE``).
DELIVERY_SECONDS = 25.0
CLOSE_SECONDS = 30.0
# Telegram examines a large file for a while before it answers.
UPLOAD_SECONDS = 120.0
FILE_SECONDS = 300.0
# Progress that waits longer is not shown: if this process was frozen, another one may have shown newer progress.
STALE_SECONDS = 10.0
LATER_SECONDS = 5.0

UNCHANGED = "message is not modified"
UNREACHABLE = ("chat not found", "user is deactivated", "bot was blocked", "bot can't initiate")
log = logging.getLogger(__name__)
MessageRef = tuple[int, int]


@dataclass
class PendingEdits:
    """The newest progress to be shown in one message, and a lock that keeps edits in order."""

    newest: Rendered | None = None
    changed_at: float = 0.0
    closed: bool = False
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class TelegramNotifier:
    """``ports.Notifier`` with one bot, which runs on one long-lived event loop."""

    def __init__(self, bot: ExtBot[Any], loop: asyncio.AbstractEventLoop) -> None:
        self.bot, self.loop = bot, loop
        self._pending: dict[MessageRef, PendingEdits] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def show_document(self, view: DocumentView) -> None:
        self._show(view.chat_id, view.message_id, partial(render_document, view))

    def show_answer(self, view: AnswerView) -> None:
        self._show(view.chat_id, view.message_id, partial(render_answer, view))

    def close_progress(self, chat_id: int, message_id: int | None) -> None:
        with suppress(TimeoutError):
            asyncio.run_coroutine_threadsafe(self._close_progress((chat_id, message_id or 0)), self.loop).result(
                CLOSE_SECONDS
            )

    def deliver_document(self, view: DocumentView) -> Delivery:
        return self._wait(self.deliver(view.chat_id, view.message_id, render_document(view)))

    def repair_document(self, view: DocumentView) -> None:
        self._repair(view.chat_id, view.message_id, render_document(view))

    def deliver_answer(self, view: AnswerView) -> Delivery:
        return self._wait(self.deliver(view.chat_id, view.message_id, render_outcome(view)))

    def repair_answer(self, view: AnswerView) -> None:
        self._repair(view.chat_id, view.message_id, render_outcome(view))

    def deliver_preview(self, view: SourceView) -> Delivery:
        return self._wait(self._guard(self._send_source(view)))

    def deliver_file(self, view: FileView) -> Delivery:
        return self._wait(self._guard(self._send_file(view)), FILE_SECONDS)

    def deliver_notice(self, view: NoticeView) -> Delivery:
        return self._wait(self.deliver(view.chat_id, view.message_id, render_notice(view)))

    async def deliver(self, chat_id: int, message_id: int | None, rendered: Rendered) -> Delivery:
        """Edit the message to its final text, or send that if it can't be edited. Never raises ``TelegramError``."""
        return await self._close((chat_id, message_id or 0), self._deliver(chat_id, message_id, rendered))

    async def _close(self, ref: MessageRef, delivery: Coroutine[None, None, Delivery]) -> Delivery:
        """Wait for a running edit of this message, then deliver. Progress is dropped until that is done, not later."""
        pending = self._pending.setdefault(ref, PendingEdits())
        pending.closed, pending.newest = True, None
        try:
            async with pending.lock:
                return await self._guard(delivery)
        finally:
            self._pending.pop(ref, None)

    async def _guard(self, delivery: Coroutine[None, None, Delivery]) -> Delivery:
        """Return the result of ``delivery``; errors of Telegram become ``UNREACHABLE`` or ``POSTPONED``."""
        try:
            return await delivery
        except Forbidden:
            return Delivery(DeliveryState.UNREACHABLE)
        except RetryAfter as flood:
            return Delivery(DeliveryState.POSTPONED, seconds=get_seconds(flood))
        except BadRequest as error:
            if any(text in str(error).lower() for text in UNREACHABLE):
                return Delivery(DeliveryState.UNREACHABLE)
            log.error("telegram_refused", extra={"error": str(error)})
            return Delivery(DeliveryState.POSTPONED, seconds=60)
        except TelegramError as error:
            log.warning("telegram_unavailable", extra={"error": type(error).__name__})
            return Delivery(DeliveryState.POSTPONED, seconds=LATER_SECONDS)

    async def _close_progress(self, ref: MessageRef) -> None:
        pending = self._pending.pop(ref, None)
        if pending is not None:
            pending.closed, pending.newest = True, None
            async with pending.lock:
                pass

    async def _send_source(self, view: SourceView) -> Delivery:
        """Send the picture of the page with the passage as caption, or else the passage with the texts around it."""
        rendered = render_source(view)
        if view.picture is None:
            return await self._deliver(view.chat_id, None, rendered, reply_to=view.message_id)
        message = await self.bot.send_photo(
            view.chat_id,
            view.picture.jpeg,
            filename="page.jpg",
            caption=rendered.text,
            parse_mode=ParseMode.HTML,
            reply_parameters=make_reply(view.message_id),
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
                    read_timeout=UPLOAD_SECONDS,
                )
        except NetworkError as error:
            if not may_have_arrived(error):
                raise
            log.warning("delivery_uncertain", extra={"error": type(error).__name__})
            return Delivery(DeliveryState.DELIVERED)
        return Delivery(DeliveryState.DELIVERED, message.message_id)

    async def _deliver(
        self, chat_id: int, message_id: int | None, rendered: Rendered, reply_to: int | None = None
    ) -> Delivery:
        first, *rest = split_html(rendered.text)
        keyboard = None if rest else rendered.keyboard
        if message_id is None or not await self._edit(chat_id, message_id, Rendered(first, keyboard), droppable=False):
            message_id = await self._send(chat_id, Rendered(first, keyboard), reply_to)
        for number, text in enumerate(rest, start=1):
            keyboard = rendered.keyboard if number == len(rest) else None
            await self._send(chat_id, Rendered(text, keyboard), reply_to=message_id)
        return Delivery(DeliveryState.DELIVERED, message_id)

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
            )
        except NetworkError as error:
            if not may_have_arrived(error):
                raise
            log.warning("delivery_uncertain", extra={"error": type(error).__name__})
            return None
        return message.message_id

    def _repair(self, chat_id: int, message_id: int | None, rendered: Rendered) -> None:
        if message_id is not None:
            self._wait(self._close((chat_id, message_id), self._edit_again(chat_id, message_id, rendered)))

    async def _edit_again(self, chat_id: int, message_id: int, rendered: Rendered) -> Delivery:
        """Edit the message to the first part of the text. The other parts have messages without progress."""
        first, *rest = split_html(rendered.text)
        shown = Rendered(first, None if rest else rendered.keyboard)
        await self._edit(chat_id, message_id, shown, droppable=False)
        return Delivery(DeliveryState.DELIVERED, message_id)

    async def _edit(self, chat_id: int, message_id: int, rendered: Rendered, *, droppable: bool) -> bool:
        """Return True if the message has this text and keyboard now, and False if it can't be edited any more."""
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
        except BadRequest as error:
            text = str(error).lower()
            if UNCHANGED in text:
                return True
            if any(reason in text for reason in UNEDITABLE):
                return False
            raise
        return True

    def _show(self, chat_id: int, message_id: int | None, render: Callable[[], Rendered]) -> None:
        if message_id is not None:
            self.loop.call_soon_threadsafe(self._set_newest, (chat_id, message_id), render())

    def _set_newest(self, ref: MessageRef, rendered: Rendered) -> None:
        pending, now = self._pending.get(ref), self.loop.time()
        if pending is None:
            pending = self._pending[ref] = PendingEdits(rendered, now)
            task = self.loop.create_task(self._show_until_idle(ref, pending))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        elif not pending.closed:
            pending.newest, pending.changed_at = rendered, now

    async def _show_until_idle(self, ref: MessageRef, pending: PendingEdits) -> None:
        """Show the newest progress, and after each gap what is newest then, until none has come during a gap."""
        gap = PRIVATE_GAP_SECONDS if ref[0] > 0 else GROUP_GAP_SECONDS
        while pending.newest is not None and not pending.closed:
            shown = await self._show_newest(ref, pending)
            await asyncio.sleep(gap if shown else RATE_LIMITED_GAP_SECONDS)
        if self._pending.get(ref) is pending and not pending.closed:
            del self._pending[ref]

    async def _show_newest(self, ref: MessageRef, pending: PendingEdits) -> bool:
        """Show the newest progress. Return False if the rate limit leaves no room for it now."""
        async with pending.lock:
            rendered, pending.newest = pending.newest, None
            if rendered is None or pending.closed or self.loop.time() - pending.changed_at > STALE_SECONDS:
                return True
            try:
                await self._edit(*ref, rendered, droppable=True)
            except RateLimitReached:
                pending.newest = pending.newest or rendered
                return False
            except TelegramError as error:
                log.info("progress_not_shown", extra={"error": type(error).__name__})
            return True

    def _wait(self, delivery: Coroutine[None, None, Delivery], seconds: float = DELIVERY_SECONDS) -> Delivery:
        future = asyncio.run_coroutine_threadsafe(delivery, self.loop)
        try:
            return future.result(seconds)
        except TimeoutError:
            future.cancel()
            return Delivery(DeliveryState.POSTPONED, seconds=LATER_SECONDS)


def render_outcome(view: AnswerView) -> Rendered:
    """Return the final message of a question: an answer, or the occurrences of words."""
    return render_occurrences(view) if view.kind == QuestionKind.FIND else render_answer(view)


def make_reply(message_id: int | None) -> ReplyParameters | None:
    return ReplyParameters(message_id, allow_sending_without_reply=True) if message_id else None
