"""/find shows every place where words stand."""

from __future__ import annotations

from telegram import Update

from bot.context import Context
from bot.handlers.ask import ask, ask_edited
from bot.tenancy import Person


async def find(update: Update, context: Context, person: Person) -> None:
    """The words go the way of a question; without any it is said how to write them."""
    words = " ".join(context.args or ())
    await (ask_edited if update.edited_message else ask)(update, context, person, words, kind="find")
