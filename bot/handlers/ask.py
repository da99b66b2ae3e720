"""Handles texts: a question, a new name for a document, or small talk."""

from __future__ import annotations

from telegram import Update

from bot.context import Context, edit, get_bot_context, reply, try_reply
from bot.handlers.answers import ask_again
from bot.render.answer import render_searching
from bot.render.document import render_error
from bot.render.keyboards import start_keyboard
from bot.render.message import Rendered
from bot.tenancy import Person
from bot.texts import say
from errors import QueueUnavailable, UserMistake
from processing.documents import library
from processing.documents.names import clean_name
from processing.questions import submit
from processing.questions.intent import find_small_talk
from processing.types import AnswerView, QuestionKind


async def receive_text(update: Update, context: Context, person: Person) -> None:
    """Handle a text as the new name that the person was asked for, as small talk, or else as a question."""
    assert update.message is not None and update.message.text is not None
    if await get_bot_context(context).run(library.is_name, person.tenant_id, person.origin):
        # The name was stored when this update was handled before, but perhaps not confirmed.
        name = clean_name(update.message.text, fallback="")
        await reply(update, Rendered(say(person.language, "renamed", name=name)))
        return
    if person.awaiting and person.awaiting.startswith("rename:"):
        await rename(update, context, person, update.message.text)
        return
    if small_talk := find_small_talk(update.message.text):
        await reply(update, Rendered(say(person.language, small_talk)))
        return
    await ask(update, context, person, update.message.text)


async def receive_edit(update: Update, context: Context, person: Person) -> None:
    assert update.edited_message is not None and update.edited_message.text is not None
    await ask_edited(update, context, person, update.edited_message.text)


async def ask_edited(
    update: Update, context: Context, person: Person, text: str, kind: str = QuestionKind.QUESTION
) -> None:
    """Answer an edited question again in the message of its earlier answer, or as a new one if that was deleted."""
    message = update.edited_message
    assert message is not None
    bot_context = get_bot_context(context)
    question_id = await bot_context.run(
        submit.find_by_asked_message, person.tenant_id, person.chat_id, message.message_id
    )
    try:
        if question_id is not None:
            await ask_again(context, person, question_id, text, kind)
            return
    except UserMistake as mistake:
        await reply(update, Rendered(render_error(person.language, mistake.key, mistake.facts)))
        return
    await ask(update, context, person, text, kind)


async def start_conversation(update: Update, context: Context, person: Person) -> None:
    """/new: start a conversation in which earlier questions are not taken into account."""
    await get_bot_context(context).run(submit.start_conversation, person.tenant_id)
    await reply(update, Rendered(say(person.language, "afresh")))


async def rename(update: Update, context: Context, person: Person, name: str) -> None:
    """Rename the document that ``person.awaiting`` names. If ``name`` is empty, the next text is a new name again."""
    document_id = (person.awaiting or "").partition(":")[2]
    try:
        view = await get_bot_context(context).run(
            library.rename_document, person.tenant_id, document_id, name, person.origin
        )
    except UserMistake as mistake:
        if mistake.key != "name_empty":
            await get_bot_context(context).run(library.stop_awaiting, person.tenant_id)
        await reply(update, Rendered(render_error(person.language, mistake.key)))
        return
    await reply(update, Rendered(say(person.language, "renamed", name=view.name)))


async def ask(update: Update, context: Context, person: Person, text: str, kind: str = QuestionKind.QUESTION) -> None:
    """Reply that the search has begun and queue the question; the worker edits the answer into this reply."""
    bot_context = get_bot_context(context)
    if await bot_context.run(submit.is_submitted, person.tenant_id, person.origin):
        return
    document_id = await find_asked_document(update, context, person)
    asked_id = update.effective_message.message_id if update.effective_message else None
    try:
        view = await bot_context.run(
            submit.prepare_question, person.tenant_id, text, document_id, person.chat_id, person.origin, asked_id, kind
        )
    except UserMistake as mistake:
        keyboard = start_keyboard(person.language) if mistake.key == "no_documents" else None
        await reply(update, Rendered(render_error(person.language, mistake.key, mistake.facts), keyboard))
        return
    await put_question(update, context, person, view)


async def put_question(update: Update, context: Context, person: Person, view: AnswerView) -> None:
    """Reply which documents are searched, then queue the question."""
    placeholder = await try_reply(update, render_searching(view), quote=True)
    try:
        await get_bot_context(context).run(
            submit.enqueue_question, view, placeholder.message_id if placeholder else None
        )
    except QueueUnavailable as error:
        await reply(update, Rendered(say(person.language, error.key)))
    except UserMistake as mistake:
        refusal = Rendered(render_error(person.language, mistake.key, mistake.facts))
        await (reply(update, refusal) if placeholder is None else edit(placeholder, refusal))


async def find_asked_document(update: Update, context: Context, person: Person) -> str | None:
    """Return the id of the document to ask: the one whose message is replied to, else the chosen one; None for all."""
    message = update.effective_message
    target = message.reply_to_message if message else None
    if target is not None:
        bot_context = get_bot_context(context)
        found = await bot_context.run(library.find_by_message, person.tenant_id, person.chat_id, target.message_id)
        if found:
            return found
    return person.chosen_document_id
