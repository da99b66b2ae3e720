start =
    <b>Socrate</b> reads the documents you send and answers your questions about them.
    1. Send a file: { $formats }, up to { $limit_mb } MB.
    2. Watch it being read. You can ask before it is finished.
    3. Ask in plain words. Every answer names its page, so you can check it.
help =
    <b>How it works</b>
    Send a document, wait until it is ready, then just write your question.
    A question goes to the document you chose last. Tap <i>Ask all my documents</i> under an answer to search everywhere, or reply to a document's message to ask that one.

    <b>Commands</b>
# Stands below the list of commands, which is made from the table in bot/commands.py and the command_ sentences.
help_formats = <b>Formats</b>: { $formats }, and films exported by Socrate; up to { $limit_mb } MB each. Only you can see what you send.

command_start = What Socrate does
command_new = Start a new conversation
command_docs = Your documents: ask, rename, delete
command_find = Every page where a word or phrase appears
command_status = What is running and what is waiting
command_cancel = Stop what is running
command_export = Get a document as a film (MP4)
command_delete = Delete a document
command_quota = How much space you have used
command_mydata = Everything I keep about you, as a file
command_forgetme = Delete everything I keep about you
command_help = How it works

button_sample = Try a sample document
button_ask = Ask
button_ask_all = Ask all my documents
button_find_all = Find in all my documents
button_cite = 🔎 [{ $number }] { $pages }
button_stop = Stop
button_again = Ask again
button_good = 👍
button_bad = 👎
button_along = Send the question too
button_rename = Rename
button_delete = Delete
button_delete_yes = Yes, delete it
button_forget_yes = Yes, delete everything
button_keep = No, keep it
button_cancel = Cancel
button_retry = Try again
button_back = Back to the list
button_docs = My documents
button_export = Export
button_newer = ‹ Newer
button_older = Older ›

# The name of the sample document, bot/samples/<language>.pdf; a language without one is given the English one.
sample_name = Socrates.pdf
receiving = 📄 <b>{ $name }</b>
    Fetching the file from Telegram…
queued = 📄 <b>{ $name }</b>
    { $queue_position ->
        [0] Waiting for its turn.
        [1] Next in line.
       *[other] Number { $queue_position } in the queue.
    }
progress_title = 📄 <b>{ $name }</b>
progress_title_pages =
    { $pages ->
        [one] 📄 <b>{ $name }</b> · { $pages } page
       *[other] 📄 <b>{ $name }</b> · { $pages } pages
    }
stage_reading = Reading the pages
stage_cutting = Splitting the text into passages
stage_embedding = Learning what the passages mean
stage_filming = Filming the passages
stage_checking = Checking every frame
progress_count = { $done } of { $total }
progress_elapsed = { $time } so far
progress_left = about { $time } left
progress_searchable = You can ask now. Answers get better once the rest is done.
progress_cancelling = Stopping…
# Tests wait for the word "ready": no sentence about progress above may hold it, not even inside "already".
ready = ✅ <b>{ $name }</b> is ready
ready_facts =
    { $pages ->
        [one] { $pages } page
       *[other] { $pages } pages
    } · { $passages ->
        [one] { $passages } passage
       *[other] { $passages } passages
    } · { $time }
ready_hint = Write your question.
failed = ⚠️ <b>{ $name }</b> could not be read
ended_cancelled = <b>{ $name }</b> was cancelled. Nothing of it is kept.

searching_one = Looking in <b>{ $name }</b>…
searching_all = Looking in all your documents…
answer_in_one = From <b>{ $name }</b>
answer_in_all = From your documents
answer_elsewhere = Not found in <b>{ $name }</b>. From <b>{ $other }</b>:
answer_nearest_one = No clear answer. Closest passages in <b>{ $name }</b>:
answer_nearest_all = No clear answer. Closest passages in your documents:
answer_none_one = I found nothing about this in <b>{ $name }</b>. Try other words, or ask all your documents.
answer_none_all = I found nothing about this in your documents. Try other words.
find_title_one =
    { $count ->
        [one] <b>{ $words }</b> appears once
       *[other] <b>{ $words }</b> appears { $count } times
    } { $pages ->
        [one] on one page of <b>{ $name }</b>
       *[other] on { $pages } pages of <b>{ $name }</b>
    }
find_title_all =
    { $count ->
        [one] <b>{ $words }</b> appears once
       *[other] <b>{ $words }</b> appears { $count } times
    } { $pages ->
        [one] on one page of your documents
       *[other] on { $pages } pages of your documents
    }
find_together = Each word is counted in the passages that contain them all. Use quotation marks to find a phrase.
find_in =
    { $count ->
        [one] <b>{ $name }</b>: once
       *[other] <b>{ $name }</b>: { $count } times
    }
find_more_pages =
    { $pages ->
        [one] and one more page
       *[other] and { $pages } more pages
    }
find_more_documents =
    { $count ->
        [one] … and in one more document
       *[other] … and in { $count } more documents
    }
find_none_one = No passage in <b>{ $name }</b> contains <b>{ $words }</b>.
find_none_all = No passage in your documents contains <b>{ $words }</b>.
find_what = Write the words after the command: <code>/find lighthouse keeper</code> shows every page where both appear in the same passage, in any form. Put them in quotation marks to find them exactly as written: <code>/find "lighthouse keeper"</code>.
# The pages of a passage, as short as the language allows: they stand on buttons.
pages_one = p. { $first }
pages_range = p. { $first }–{ $last }
answer_pages = Sources: { $pages }
answer_nearest_pages = Closest passages: { $pages }
note_not_all_searched = This is not all: the search ended after a few seconds. Use rarer words, or search in one document.
note_partial = Not everything has been read yet: the same question may find more later.
source_title = <b>{ $name }</b>, { $pages }
citation_coming = The passage is on its way.
citation_gone = This passage is no longer here: its document was deleted or read again. Please ask your question again.
note_other_language = Your question and the text are in different languages. Try asking in the language of the text.
note_overview = Without a language model I can't sum up a whole document: this is how it begins.
note_budget_spent = Today's budget for the language model is used up, so here are the best passages.
answer_replaced = Stopped: you asked something else.
answer_stopped = Stopped.
answer_stopping = Stopping…
answer_over = There is nothing left to stop.
question_gone = I no longer have this question. Please ask it again.
afresh = New conversation: your next question starts from scratch.
rated = Thank you. Nobody reads your question unless you send it too.
sent_along = Thank you. Your question was sent with your rating.
note_uncited = Not verified: the language model named no passage for this.
note_unverified_all = Not verified: none of the words that the language model quotes are on the pages it names.
note_unverified = { $citations }: not verified. The words that the language model quotes are not on that page.
note_other_model = Part of this is being prepared for a better search. Until then I find it by its words only.
note_model_down = The language model did not answer, so here are the best passages instead.
ask_what = Ask away: your questions go to <b>{ $name }</b> now.
ask_what_all = Ask away: your questions go to all your documents now.
greeting = Hello! Send me a document, or ask about one that you have sent.
thanks = You're welcome. Ask again whenever you like.
no_words = There are no words in this to look for. Please write your question in words.
no_documents = You have no documents yet. Send me one ({ $formats }), or try the sample.
only_unfinished = Your document is still being read. Ask again in a moment: /status shows how far it is.
question_too_long = That question is longer than { $limit } characters. Please make it shorter.

docs_title =
    { $count ->
        [one] <b>Your document</b>
       *[other] <b>Your documents</b> ({ $count })
    }
docs_line_ready =
    { $pages ->
        [one] <b>{ $name }</b> – { $pages } page
       *[other] <b>{ $name }</b> – { $pages } pages
    }
docs_line_working = <b>{ $name }</b> – being read, { $percent } %
docs_line_queued = <b>{ $name }</b> – waiting
docs_line_failed = <b>{ $name }</b> – could not be read
docs_line_cancelled = <b>{ $name }</b> – cancelled
docs_hint = Tap a number to ask, rename or delete.
docs_delete_title = <b>Which document shall I delete?</b>
delete_confirm = Delete <b>{ $name }</b> and everything made from it? This cannot be undone.
deleted = <b>{ $name }</b> is deleted.
forget_confirm = Delete <b>everything</b> I keep about you? Documents: { $documents } ({ $size }), questions: { $questions }, and everything made from them. Running work stops. This cannot be undone.
forgetting = Deleting everything I keep about you…
forget_progress = Deleting everything I keep about you… Documents: { $done } of { $total }.
forgotten = Everything is deleted. Documents: { $documents } ({ $size }), questions: { $questions }. I have checked: nothing is left. If you write again, we start afresh.
forgotten_before = Nothing is kept about you any more.
forget_kept = Nothing was deleted.
mydata_packing = I'm collecting everything I keep about you. It comes in a moment.
mydata_caption = Part { $number } of what I keep about you: what you sent, the films made from it and, in data.json (part 1), everything else.
mydata_failed = I could not collect your data just now. Please try again later.
rename_ask = Send me the new name for <b>{ $name }</b>, or /cancel to keep it.
rename_placeholder = New name
renamed = Its name is now <b>{ $name }</b>.
rename_kept = The name stays as it is.

status_none = Nothing is running.
status_title = <b>Running now</b>
status_working = <b>{ $name }</b> – { $stage }, { $percent } %
status_queued = <b>{ $name }</b> – waiting, number { $queue_position } in the queue
cancel_none = There is nothing to cancel.
cancel_which = <b>Which one shall I cancel?</b>
cancel_asked = Stopping <b>{ $name }</b>…
cancel_done = <b>{ $name }</b> was cancelled.
cancel_late = <b>{ $name }</b> has already finished.
quota =
    { $count ->
        [0] No documents yet.
        [one] One document.
       *[other] { $count } documents.
    } { $used } of { $allowed } used: { $sent } are your files, { $made } what is made of them.
    One file may be up to { $limit }.
quota_uploads =
    { $count ->
        [0] You can send no more documents within this hour.
        [one] You can send one more document within this hour.
       *[other] You can send { $count } more documents within this hour.
    }
quota_questions =
    { $count ->
        [0] You can ask no more questions within this minute.
        [one] You can ask one more question within this minute.
       *[other] You can ask { $count } more questions within this minute.
    }

export_which = <b>Which document shall I export?</b>
export_none = None of your documents is ready to be exported. Send me one, or see with /status what is still being read.
export_not_ready = <b>{ $name }</b> is not ready yet. It can be exported once it is.
export_too_large = The film of <b>{ $name }</b> is { $size_mb } MB; a Telegram bot can send at most { $limit_mb } MB. Send me the document in parts and export those.
export_sending = Sending the film…
export_failed = I could not send the film. Please try again.
export_caption = <b>{ $name }</b> as a film: every frame is a passage. Send this file to any Socrate to get the document back, without its original file.
export_caption_large = <b>{ $name }</b> as a film: every frame is a passage. Any Socrate that accepts files of { $size_mb } MB can read it back; this one accepts { $limit_mb } MB.

not_text = I can't read this. Send a document as a file: { $formats }.
photo_hint = I can't read pictures. Send the document itself as a file: { $formats }.
unknown_command = I don't know this command. /help shows what I can do.
admins_only = Only an administrator of this Socrate can use this command.
not_allowed = This Socrate is private. Ask its owner to add your Telegram id: { $id }.
private_only = Please write to me in a private chat: what you send there stays between us.

file_empty = The file is empty (0 bytes). Check it and send it again.
too_large = The file is { $size_mb } MB; the limit is { $limit_mb } MB. Split it or save a smaller copy, then send that.
over_quota = There is not enough space: with all that is made of it, it needs { $needed_mb } MB and you have { $free_mb } MB left. Delete something with /docs, then send it again.
too_many_pages = It has { $count } pages; at most { $limit } are read. Split it and send the parts.
too_many_passages = It has { $count } passages; at most { $limit } are read. Split the document and send the parts.
over_max_pages = It has more than { $limit } pages, and that is the most I read. Split it and send the parts.
over_max_characters = It has more than { $limit } characters of text, and that is the most I read. Split it and send the parts.
over_max_passages = It has more than { $limit } passages of text, and that is the most I read. Split it and send the parts.
too_many_questions = You asked { $limit } questions within a minute, and that is the limit. Ask again in { $seconds } s.
too_many_uploads = You sent { $limit } documents within an hour, and that is the limit. Send the next one in { $minutes } min.
too_many_previews = You looked at { $limit } passages within a minute, and that is the limit. Tap again in { $seconds } s.
too_many_exports = You asked for { $limit } files within an hour, and that is the limit. Ask again in { $minutes } min.
wrong_kind = I can't read this kind of file. Send me { $formats }.
still_cancelling = <b>{ $name }</b> is still being cancelled. Please send the file again in a minute.
retry_running = That is under way already, or done. /docs shows where it stands.
file_edited = I read files as they are sent, and know nothing of the file in this edited message. To have it read, send it as a new message.
already_here = You have sent this very file before: <b>{ $name }</b>. No need to read it twice.
# { $formats } in any sentence lists the formats of processing/formats/table.py; format_<kind> translates a label.
formats_list = { $others } or { $last }
format_text = text
format_damaged = This is not a working { $label } file. Open it, save it again and send me the new file.
pdf_encrypted = It is locked with a password. Save a copy without the password and send that.
pdf_damaged = The PDF is damaged or incomplete. Open it, save it again and send me the new file.
docx_damaged = This is not a working Word document (DOCX). Open it in Word or LibreOffice, save it again and send me the new file.
epub_damaged = The EPUB is damaged. Download or export it again and send me the new file.
epub_locked = The EPUB is copy-protected (DRM), so I can't read it. Send a copy without protection.
no_text = There is no text in it, perhaps only scanned pages. Run text recognition (OCR) on it and send me the result.
text_unreadable = I can't make out its text. Save it as UTF-8 and send it again.
too_heavy = It takes too much memory or time to open. Save it in a simpler form, or in parts, and send it again.
archive_foreign = This video holds no document: I can only read films exported by Socrate. If it is one, send it as a file, because Telegram changes videos.
archive_damaged = This film of a document is damaged or incomplete. Export it again and send it as a file, because Telegram changes videos.
archive_unreadable = I could not make a readable archive of it. Please try again.
document_not_found = I don't have this document (any more). /docs shows the ones you have.
name_empty = There is nothing to show in that name. Please send another one.
download_later = Telegram does not give me the file yet. I keep trying for ten minutes: no need to send it again.
download_failed = I could not fetch the file from Telegram. Please send it again.
queue_down = The queue is down at the moment. What you sent is kept, and I'll get to it as soon as the queue is back: no need to send it again.
storage_down = The storage is not available right now. Please try again in a few minutes.
original_lost = I can't find the file as you sent it. Try again later, or delete it here and send it again.
reader_stopped = Reading was interrupted on our side. You can try again.
database_busy = Socrate is very busy right now. Please try again in a minute.
busy_kept = I'm very busy right now. What you sent is kept and will get its answer: no need to send it again.
alert_failing = Socrate: <b>{ $check }</b> has been failing for two minutes. { $detail }
alert_well = Socrate: <b>{ $check }</b> works again.
error_temporary = Something went wrong on our side. Please try again.
error_unexpected = Something went wrong on our side. It has been noted; please try again later.
outcome_unwritten = Something went wrong on our side, and I can't say here how this ended. /docs shows how your documents stand.
gave_up = I could not read it in three attempts. You can try once more, or send it in another format.
embeddings_down = What passages mean can't be worked out at the moment. Please try again later.
model_down = The language model did not answer.
cancelled = Cancelled.
