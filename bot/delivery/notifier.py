"""Edits people's messages from any thread: progress coalesced, final words delivered."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from telegram import ReplyParameters
from telegram.constants import ParseMode
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter, TelegramError
from telegram.ext import ExtBot

from bot.context import NO_PREVIEW, UNEDITABLE
from bot.delivery.certainty import may_have_arrived
from bot.delivery.rate_limiter import BudgetShort, get_seconds
from bot.render.answer import render_answer
from bot.render.citation import render_source
from bot.render.document import render_document
from bot.render.message import Rendered
from bot.render.occurrences import render_occurrences
from bot.render.split import split_html
from processing.types import AnswerView, Delivery, DocumentView, SourceView

PRIVATE_GAP_SECONDS = 1.5
GROUP_GAP_SECONDS = 4.0
BUDGET_GAP_SECONDS = 0.4
# Shorter than the pause after which another process tells (``processing.notifications.outbox.PAUSE``).
DELIVERY_SECONDS = 25.0
CLOSE_SECONDS = 30.0
# What a frozen process wakes up with is no news any more.
STALE_SECONDS = 10.0
LATER_SECONDS = 5.0

UNCHANGED = "message is not modified"
GONE = ("chat not found", "user is deactivated", "bot was blocked", "bot can't initiate")
log = logging.getLogger(__name__)
Place = tuple[int, int]


@dataclass
class Line:
    """What goes into one message: the newest progress, and the lock that keeps edits in order."""

    newest: Rendered | None = None
    pended: float = 0.0
    closed: bool = False
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class TelegramNotifier:
    """``ports.Notifier`` over one bot on one long-lived event loop."""

    def __init__(self, bot: ExtBot[Any], loop: asyncio.AbstractEventLoop) -> None:
        self.bot, self.loop = bot, loop
        self._lines: dict[Place, Line] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def show_document(self, view: DocumentView) -> None:
        self._show(view.chat_id, view.message_id, partial(render_document, view))

    def show_answer(self, view: AnswerView) -> None:
        self._show(view.chat_id, view.message_id, partial(render_answer, view))

    def close_progress(self, chat_id: int, message_id: int | None) -> None:
        with suppress(TimeoutError):
            asyncio.run_coroutine_threadsafe(self._close_progress((chat_id, message_id or 0)), self.loop).result(CLOSE_SECONDS)

    def deliver_document(self, view: DocumentView) -> Delivery:
        return self._wait(self.deliver(view.chat_id, view.message_id, render_document(view)))

    def repair_document(self, view: DocumentView) -> None:
        self._repair(view.chat_id, view.message_id, render_document(view))

    def deliver_answer(self, view: AnswerView) -> Delivery:
        return self._wait(self.deliver(view.chat_id, view.message_id, render_ended(view)))

    def repair_answer(self, view: AnswerView) -> None:
        self._repair(view.chat_id, view.message_id, render_ended(view))

    def deliver_preview(self, view: SourceView) -> Delivery:
        return self._wait(self._guard(self._send_source(view)))

    async def deliver(self, chat_id: int, message_id: int | None, rendered: Rendered) -> Delivery:
        """Edit the message to its final words, or send them where it can't be edited; never raise for Telegram."""
        return await self._close((chat_id, message_id or 0), self._deliver(chat_id, message_id, rendered))

    async def _close(self, place: Place, delivery: Coroutine[None, None, Delivery]) -> Delivery:
        """The last that goes into this message, after the edit that is on its way."""
        line = self._lines.setdefault(place, Line())
        line.closed, line.newest = True, None
        try:
            async with line.lock:
                return await self._guard(delivery)
        finally:
            self._lines.pop(place, None)

    async def _guard(self, delivery: Coroutine[None, None, Delivery]) -> Delivery:
        """What became of a delivery, whatever Telegram says to it."""
        try:
            return await delivery
        except Forbidden:
            return Delivery("unreachable")
        except RetryAfter as flood:
            return Delivery("later", seconds=get_seconds(flood))
        except BadRequest as error:
            if any(text in str(error).lower() for text in GONE):
                return Delivery("unreachable")
            log.error("telegram_refused", extra={"error": str(error)})
            return Delivery("later", seconds=60)
        except TelegramError as error:
            log.warning("telegram_away", extra={"error": type(error).__name__})
            return Delivery("later", seconds=LATER_SECONDS)

    async def _close_progress(self, place: Place) -> None:
        line = self._lines.pop(place, None)
        if line is not None:
            line.closed, line.newest = True, None
            async with line.lock:
                pass

    async def _send_source(self, view: SourceView) -> Delivery:
        """The picture with the passage below it, else the passage among its neighbours."""
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
        return Delivery("told", message.message_id)

    async def _deliver(
        self, chat_id: int, message_id: int | None, rendered: Rendered, reply_to: int | None = None
    ) -> Delivery:
        first, *rest = split_html(rendered.text)
        keyboard = None if rest else rendered.keyboard
        if message_id is None or not await self._edit(chat_id, message_id, Rendered(first, keyboard), droppable=False):
            message_id = await self._send(chat_id, Rendered(first, keyboard), reply_to)
        for place, text in enumerate(rest, start=1):
            last = rendered.keyboard if place == len(rest) else None
            await self._send(chat_id, Rendered(text, last), reply_to=message_id)
        return Delivery("told", message_id)

    async def _send(self, chat_id: int, rendered: Rendered, reply_to: int | None = None) -> int | None:
        """The number of the new message; None where it may have arrived: saying it again could say it twice."""
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
            log.warning("sent_in_doubt", extra={"error": type(error).__name__})
            return None
        return message.message_id

    def _repair(self, chat_id: int, message_id: int | None, rendered: Rendered) -> None:
        if message_id is not None:
            self._wait(self._close((chat_id, message_id), self._edit_again(chat_id, message_id, rendered)))

    async def _edit_again(self, chat_id: int, message_id: int, rendered: Rendered) -> Delivery:
        """The rest of a long text stands in messages of its own, over which no progress comes."""
        first, *rest = split_html(rendered.text)
        shown = Rendered(first, None if rest else rendered.keyboard)
        await self._edit(chat_id, message_id, shown, droppable=False)
        return Delivery("told", message_id)

    async def _edit(self, chat_id: int, message_id: int, rendered: Rendered, *, droppable: bool) -> bool:
        """False where the message can't be edited any more; nothing to change is success."""
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
            self.loop.call_soon_threadsafe(self._pend, (chat_id, message_id), render())

    def _pend(self, place: Place, rendered: Rendered) -> None:
        line, now = self._lines.get(place), self.loop.time()
        if line is None:
            line = self._lines[place] = Line(rendered, now)
            task = self.loop.create_task(self._follow(place, line))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        elif not line.closed:
            line.newest, line.pended = rendered, now

    async def _follow(self, place: Place, line: Line) -> None:
        """Show the newest until there is none: after a pause of one gap without news the line is let go."""
        gap = PRIVATE_GAP_SECONDS if place[0] > 0 else GROUP_GAP_SECONDS
        while line.newest is not None and not line.closed:
            shown = await self._show_newest(place, line)
            await asyncio.sleep(gap if shown else BUDGET_GAP_SECONDS)
        if self._lines.get(place) is line and not line.closed:
            del self._lines[place]

    async def _show_newest(self, place: Place, line: Line) -> bool:
        """False where the budget was spent: it has room again sooner than the next news is due."""
        async with line.lock:
            rendered, line.newest = line.newest, None
            if rendered is None or line.closed or self.loop.time() - line.pended > STALE_SECONDS:
                return True
            try:
                await self._edit(*place, rendered, droppable=True)
            except BudgetShort:
                line.newest = line.newest or rendered
                return False
            except TelegramError as error:
                log.info("progress_not_shown", extra={"error": type(error).__name__})
            return True

    def _wait(self, delivery: Coroutine[None, None, Delivery]) -> Delivery:
        future = asyncio.run_coroutine_threadsafe(delivery, self.loop)
        try:
            return future.result(DELIVERY_SECONDS)
        except TimeoutError:
            future.cancel()
            return Delivery("later", seconds=LATER_SECONDS)


def render_ended(view: AnswerView) -> Rendered:
    return render_occurrences(view) if view.kind == "find" else render_answer(view)


def make_reply(message_id: int | None) -> ReplyParameters | None:
    return ReplyParameters(message_id, allow_sending_without_reply=True) if message_id else None
