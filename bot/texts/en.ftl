start =
    <b>Socrate</b> reads the documents you send and answers your questions about them.
    1. Send a file: PDF, DOCX, EPUB, HTML, Markdown or text, up to { $limit_mb } MB.
    2. Watch it being read. You can ask before it is finished.
    3. Ask in plain words. Every answer names its page, so you can check it.
help =
    <b>How it works</b>
    Send a document, wait until it is ready, then just write your question.
    A question goes to the document you chose last. Tap <i>Ask all my documents</i> under an answer to search everywhere, or reply to a document's message to ask that one.

    <b>Commands</b>
    /docs – your documents: ask, rename, delete
    /find – every place where words stand: /find lighthouse, or a phrase in quotation marks
    /new – start afresh: what was said before is not taken along
    /status – what is running and its place in the queue
    /cancel – stop what is running
    /export – a document as a film (MP4) that any Socrate reads back
    /delete – delete a document
    /quota – how much room you have used
    /mydata – everything I keep of you, as a file
    /forgetme – delete everything I keep of you
    /help – this page

    <b>Formats</b>: PDF, DOCX, EPUB, HTML, Markdown, text, and films that a Socrate exported; up to { $limit_mb } MB each. Only you can see what you send.

command_start = What Socrate does
command_new = Start afresh
command_docs = Your documents
command_find = Every place where words stand
command_status = What is running
command_cancel = Stop what is running
command_export = Take a document away as a film
command_delete = Delete a document
command_quota = Room used and left
command_mydata = Everything I keep of you
command_forgetme = Delete everything of mine
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
button_along = Send the question along
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

receiving = 📄 <b>{ $name }</b>
    Fetching the file from Telegram…
queued = 📄 <b>{ $name }</b>
    { $place ->
        [0] Waiting for its turn.
        [1] Next in line.
       *[other] Waiting in line: place { $place }.
    }
progress_title = 📄 <b>{ $name }</b>
progress_title_pages =
    { $pages ->
        [one] 📄 <b>{ $name }</b> · { $pages } page
       *[other] 📄 <b>{ $name }</b> · { $pages } pages
    }
stage_reading = Reading the pages
stage_cutting = Cutting the text into passages
stage_embedding = Learning what the passages mean
stage_filming = Filming the passages
stage_checking = Checking every frame
progress_count = { $done } of { $total }
progress_elapsed = { $time } so far
progress_left = about { $time } left
progress_searchable = You can ask now; answers get better when the rest is done.
progress_cancelling = Stopping…
# Whoever waits for the word "ready" must not find it earlier: no text of the progress has it, not even in "already".
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
answer_elsewhere = <b>{ $name }</b> doesn't say. In <b>{ $other }</b>:
answer_nearest_one = <b>{ $name }</b> doesn't say anything about this that I could find for sure. The nearest passages:
answer_nearest_all = Your documents don't say anything about this that I could find for sure. The nearest passages:
answer_none_one = <b>{ $name }</b> doesn't say anything about this that I could find. Try other words, or ask all your documents.
answer_none_all = Your documents don't say anything about this that I could find. Try other words.
find_title_one =
    { $count ->
        [one] <b>{ $words }</b> stands once
       *[other] <b>{ $words }</b> stands { $count } times
    } { $pages ->
        [one] on one page of <b>{ $name }</b>
       *[other] on { $pages } pages of <b>{ $name }</b>
    }
find_title_all =
    { $count ->
        [one] <b>{ $words }</b> stands once
       *[other] <b>{ $words }</b> stands { $count } times
    } { $pages ->
        [one] on one page of your documents
       *[other] on { $pages } pages of your documents
    }
find_together = Every one of the words is counted, in passages that hold them all. Quotation marks find a phrase.
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
find_none_one = No passage of <b>{ $name }</b> holds <b>{ $words }</b>.
find_none_all = No passage of your documents holds <b>{ $words }</b>.
find_what = Write the words behind it: <code>/find lighthouse keeper</code> shows every page where both stand together in a passage, in whatever form. In quotation marks they are found just as they are written: <code>/find "lighthouse keeper"</code>.
answer_pages = Rests on: { $pages }
answer_nearest_pages = The nearest passages: { $pages }
note_partial = This was found in what is read so far: the same question may find more later.
source_title = <b>{ $name }</b>, { $pages }
citation_coming = The passage is on its way.
citation_gone = The passage is no longer here: its document was deleted or read anew. Please ask again.
note_other_language = The question is not in the language of what it was asked of. Try that language.
note_overview = Without a language model I can't sum up a whole document: this is how it begins.
note_budget_spent = Today's share of the language model is used up, so here are the best passages.
answer_replaced = Stopped: you asked something else.
answer_stopped = Stopped.
answer_stopping = Stopping…
answer_over = There is nothing to stop any more.
question_gone = I no longer have this question. Please ask it again.
afresh = We start afresh: your next question stands for itself.
rated = Thank you. Nobody reads your question unless you send it along.
sent_along = Thank you. Your question goes along with your opinion.
note_uncited = Take this as unverified: the language model named no passage for it.
note_unverified_all = Take this as unverified: nothing that the language model relies on stands where it says.
note_unverified = { $signs }: the words the model gave for this do not stand on that page. Take it as unverified.
note_other_model = Some of this was prepared with another embedding model and was searched by its words only. Delete the document and send it again to have its meaning searched too.
note_model_down = The language model did not answer, so here are the best passages instead.
ask_what = Ask away: your questions go to <b>{ $name }</b> now.
ask_what_all = Ask away: your questions go to all your documents now.
greeting = Hello! Send me a document, or write a question about what you sent.
thanks = You're welcome. Ask on whenever you like.
no_words = There are no words in this that I could look for. Write your question in words.
no_documents = You have no documents yet. Send me one (PDF, DOCX, EPUB, HTML, Markdown or text), or try the sample.
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
delete_confirm = Delete <b>{ $name }</b> with everything made from it? This cannot be undone.
deleted = <b>{ $name }</b> is deleted.
forget_confirm = Delete <b>everything</b> I keep of you? Documents: { $documents } ({ $size }), questions: { $questions }, with all that was made from them. Work that is running stops. This cannot be undone.
forgotten = Everything is deleted. Documents: { $documents } ({ $size }), questions: { $questions }. I have checked: nothing is left. If you write again, we start afresh.
forget_kept = Nothing was deleted.
mydata_packing = I am packing everything I keep of you; it comes in a moment.
mydata_caption = Part { $number } of what I keep of you: what you sent, the films made from it, and in data.json (part 1) all the rest.
mydata_failed = Your data could not be packed just now. Please try again later.
rename_ask = Send me the new name for <b>{ $name }</b>, or /cancel to keep it.
rename_placeholder = New name
renamed = Its name is now <b>{ $name }</b>.
rename_kept = The name stays as it is.

status_none = Nothing is running.
status_title = <b>Running now</b>
status_working = <b>{ $name }</b> – { $stage }, { $percent } %
status_queued = <b>{ $name }</b> – waiting, place { $place } in the queue
cancel_none = There is nothing to cancel.
cancel_which = <b>Which one shall I cancel?</b>
cancel_asked = Stopping <b>{ $name }</b>…
cancel_done = <b>{ $name }</b> was cancelled.
cancel_late = <b>{ $name }</b> is finished already.
quota = You have used { $used } of { $allowed }.
    { $count ->
        [0] No documents yet.
        [one] One document.
       *[other] { $count } documents.
    } One file may be up to { $limit }.

export_which = <b>Which document shall I export?</b>
export_none = None of your documents is ready to be exported. Send me one, or see with /status how far it is.
export_not_ready = <b>{ $name }</b> is not ready yet. It can be exported once it is.
export_too_large = The film of <b>{ $name }</b> has { $size_mb } MB; Telegram takes at most { $limit_mb } MB from a bot. Send the document in parts and export those.
export_sending = Sending the film…
export_failed = The film could not be sent. Please try again.
export_caption = <b>{ $name }</b> as a film: every frame is a passage. Send this file to any Socrate and the document is there again, without its original.
export_caption_large = <b>{ $name }</b> as a film: every frame is a passage. Any Socrate that takes files of { $size_mb } MB reads it back; this one takes { $limit_mb } MB.

not_text = I can't read this. Send a document as a file: PDF, DOCX, EPUB, HTML, Markdown or text.
photo_hint = I can't read pictures. Send the document itself as a file: PDF, DOCX, EPUB, HTML, Markdown or text.
unknown_command = I don't know this command. /help shows what I can do.
not_allowed = This Socrate is private. Ask its owner to add your Telegram id: { $id }.
private_only = Please write to me in a private chat: what you send stays between us there.
still_busy = I am still at your earlier messages; this one is not forgotten.

file_empty = The file is empty (0 bytes). Check it on your side and send it again.
too_large = The file is { $size_mb } MB; the limit is { $limit_mb } MB. Split it or save a smaller copy, then send that.
over_quota = There is no room for it: it needs { $needed_mb } MB and you have { $free_mb } MB left. Delete something with /docs, then send it again.
too_many_questions = That was { $limit } questions within a minute, as many as I take from one person. Ask again in { $seconds } s.
too_many_uploads = That was { $limit } documents within an hour, as many as I take from one person. Send the next one in { $minutes } min.
wrong_kind = This is not a kind of file I can read. I read PDF, DOCX, EPUB, HTML, Markdown and text.
already_here = You have sent this very file before: <b>{ $name }</b>. No need to read it twice.
pdf_encrypted = It is locked with a password. Save a copy without the password and send that.
pdf_damaged = The PDF is damaged or incomplete. Open it on your side, save it anew and send it again.
docx_damaged = This is not a working Word document (DOCX). Open it in Word or LibreOffice, save it anew and send it again.
epub_damaged = The EPUB is damaged. Download or export it anew and send it again.
epub_locked = The EPUB is protected against copying (DRM), so it can't be read. Send a copy without protection.
no_text = There is no text in it; perhaps it holds only scanned pictures. Run text recognition (OCR) over it and send the result.
text_unreadable = Its text can't be made out. Save it as UTF-8 and send it again.
too_heavy = It takes too much memory or time to open. Save it in a simpler form, or in parts, and send it again.
archive_foreign = This video holds no document: only films that a Socrate exported can be read. If it is one, send it as a file, for Telegram changes videos.
archive_damaged = This film of a document is damaged or incomplete. Export it again and send it as a file, for Telegram changes videos.
archive_unreadable = Its archive came out unreadable. Please try again.
document_not_found = This document is not here (any more). /docs shows the ones you have.
name_empty = There is nothing in that name that can be shown. Send another one.
download_failed = The file could not be fetched from Telegram. Please send it again.
queue_down = The queue is down at the moment. What you sent is kept and will be worked on as soon as it is back; you need not send it again.
storage_down = The storage is not available right now. Please try again in a few minutes.
database_busy = Socrate is very busy right now. Please try again in a minute.
busy_kept = I am very busy right now. What you sent is kept and will have its answer; you need not send it again.
alert_failing = Socrate: <b>{ $check }</b> has not been well for two minutes. { $detail }
alert_well = Socrate: <b>{ $check }</b> is well again.
error_temporary = Something went wrong on our side. Please try again.
error_unexpected = Something went wrong on our side. It has been noted; please try again later.
gave_up = It could not be read in three tries. You can try once more, or send it in another form.
embeddings_down = The server that works out what passages mean does not answer. Please try again later.
model_down = The language model did not answer.
cancelled = Cancelled.
sample_missing = The sample is not here. Send me a document of your own.
