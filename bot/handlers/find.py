"""/find lists every occurrence of words."""

from __future__ import annotations

from telegram import Update

from bot.context import Context
from bot.handlers.ask import ask, ask_edited
from bot.tenancy import Person
from processing.types import QuestionKind


async def find(update: Update, context: Context, person: Person) -> None:
    """Submit the words after the command as a question of kind ``FIND``; an edited command is submitted again."""
    words = " ".join(context.args or ())
    await (ask_edited if update.edited_message else ask)(update, context, person, words, kind=QuestionKind.FIND)
