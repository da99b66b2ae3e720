start =
    <b>Socrate</b> legge i documenti che mandi e risponde alle tue domande.
    1. Manda un file: { $formats }, fino a { $limit_mb } MB.
    2. Segui la lettura. Puoi fare domande anche prima che finisca.
    3. Chiedi con parole tue. Ogni risposta indica la pagina, così puoi controllare.
help =
    <b>Come funziona</b>
    Manda un documento, aspetta che sia pronto, poi scrivi la tua domanda.
    Cerco nell'ultimo documento che hai scelto. Tocca <i>Cerca in tutti i documenti</i> sotto una risposta per cercare ovunque, oppure rispondi al messaggio di un documento per cercare solo lì.

    <b>Comandi</b>
help_formats = <b>Formati</b>: { $formats }, e i filmati esportati da Socrate; fino a { $limit_mb } MB ciascuno. Solo tu vedi ciò che mandi.

command_start = Che cosa fa Socrate
command_new = Inizia una nuova conversazione
command_docs = I tuoi documenti: chiedi, rinomina, elimina
command_find = Ogni pagina in cui compare una parola o una frase
command_status = Che cosa è in corso e che cosa aspetta
command_cancel = Interrompi il lavoro in corso
command_export = Un documento come filmato (MP4)
command_delete = Elimina un documento
command_quota = Quanto spazio hai usato
command_mydata = Tutto ciò che conservo di te, in un file
command_forgetme = Elimina tutto ciò che conservo di te
command_help = Come funziona

button_sample = Prova un documento di esempio
button_ask = Chiedi
button_ask_all = Cerca in tutti i documenti
button_find_all = Trova in tutti i documenti
button_cite = 🔎 [{ $number }] { $pages }
button_stop = Ferma
button_again = Chiedi di nuovo
button_good = 👍
button_bad = 👎
button_along = Manda anche la domanda
button_rename = Rinomina
button_delete = Elimina
button_delete_yes = Sì, eliminalo
button_forget_yes = Sì, elimina tutto
button_keep = No, tienilo
button_cancel = Annulla
button_retry = Riprova
button_back = Torna all'elenco
button_docs = I miei documenti
button_export = Esporta
button_newer = ‹ Più recenti
button_older = Meno recenti ›

sample_name = Socrate.pdf
receiving = 📄 <b>{ $name }</b>
    Scarico il file da Telegram…
queued = 📄 <b>{ $name }</b>
    { $queue_position ->
        [0] In attesa.
        [1] È il prossimo.
       *[other] In coda, posizione { $queue_position }.
    }
progress_title = 📄 <b>{ $name }</b>
progress_title_pages =
    { $pages ->
        [one] 📄 <b>{ $name }</b> · { $pages } pagina
       *[other] 📄 <b>{ $name }</b> · { $pages } pagine
    }
stage_reading = Leggo le pagine
stage_cutting = Divido il testo in brani
stage_embedding = Imparo il significato dei brani
stage_filming = Filmo i brani
stage_checking = Controllo ogni fotogramma
progress_count = { $done } di { $total }
progress_elapsed = da { $time }
progress_left = mancano circa { $time }
progress_searchable = Puoi già fare domande. Quando sarà pronto, le risposte miglioreranno.
progress_cancelling = Interrompo…
ready = ✅ <b>{ $name }</b> è pronto
ready_facts =
    { $pages ->
        [one] { $pages } pagina
       *[other] { $pages } pagine
    } · { $passages ->
        [one] { $passages } brano
       *[other] { $passages } brani
    } · { $time }
ready_hint = Scrivi la tua domanda.
failed = ⚠️ Non riesco a leggere <b>{ $name }</b>
ended_cancelled = La lettura di <b>{ $name }</b> è stata annullata. Non ne ho conservato nulla.

searching_one = Cerco in <b>{ $name }</b>…
searching_all = Cerco in tutti i tuoi documenti…
answer_in_one = Da <b>{ $name }</b>
answer_in_all = Dai tuoi documenti
answer_elsewhere = In <b>{ $name }</b> non c'è. Da <b>{ $other }</b>:
answer_nearest_one = Nessuna risposta chiara. I brani più vicini in <b>{ $name }</b>:
answer_nearest_all = Nessuna risposta chiara. I brani più vicini nei tuoi documenti:
answer_none_one = In <b>{ $name }</b> non ho trovato nulla su questo. Prova con altre parole, o cerca in tutti i documenti.
answer_none_all = Nei tuoi documenti non ho trovato nulla su questo. Prova con altre parole.
find_title_one =
    { $count ->
        [one] <b>{ $words }</b> compare una volta
       *[other] <b>{ $words }</b> compare { $count } volte
    } { $pages ->
        [one] in una pagina di <b>{ $name }</b>
       *[other] in { $pages } pagine di <b>{ $name }</b>
    }
find_title_all =
    { $count ->
        [one] <b>{ $words }</b> compare una volta
       *[other] <b>{ $words }</b> compare { $count } volte
    } { $pages ->
        [one] in una pagina dei tuoi documenti
       *[other] in { $pages } pagine dei tuoi documenti
    }
find_together = Ogni parola è contata nei brani che le contengono tutte. Tra virgolette si cerca una frase.
find_in =
    { $count ->
        [one] <b>{ $name }</b>: una volta
       *[other] <b>{ $name }</b>: { $count } volte
    }
find_more_pages =
    { $pages ->
        [one] e un'altra pagina
       *[other] e altre { $pages } pagine
    }
find_more_documents =
    { $count ->
        [one] … e in un altro documento
       *[other] … e in altri { $count } documenti
    }
find_none_one = Nessun brano di <b>{ $name }</b> contiene <b>{ $words }</b>.
find_none_all = Nessun brano dei tuoi documenti contiene <b>{ $words }</b>.
find_what = Scrivi le parole dopo il comando: <code>/find guardiano del faro</code> mostra ogni pagina in cui compaiono nello stesso brano, in qualunque forma. Mettile tra virgolette per trovarle esattamente come sono scritte: <code>/find "guardiano del faro"</code>.
# The pages of a passage, as short as the language allows: they stand on buttons.
pages_one = p. { $first }
pages_range = pp. { $first }–{ $last }
answer_pages = Fonti: { $pages }
answer_nearest_pages = I brani più vicini: { $pages }
note_not_all_searched = Non è tutto: la ricerca si è fermata dopo qualche secondo. Usa parole più rare, o cerca in un solo documento.
note_partial = Non ho ancora letto tutto: più tardi la stessa domanda potrà trovare di più.
source_title = <b>{ $name }</b>, { $pages }
citation_coming = Il brano è in arrivo.
citation_gone = Il brano non c'è più: il documento è stato eliminato o riletto. Fai di nuovo la domanda, per favore.
note_other_language = La domanda e il testo sono in lingue diverse. Prova nella lingua del testo.
note_overview = Senza un modello linguistico non so riassumere un documento intero: ecco come comincia.
note_budget_spent = Il budget di oggi per il modello linguistico è esaurito: ecco i brani migliori.
answer_replaced = Fermata: hai chiesto altro.
answer_stopped = Fermata.
answer_stopping = Mi fermo…
answer_over = Non c'è più nulla da fermare.
question_gone = Non ho più questa domanda. Scrivila di nuovo, per favore.
afresh = Nuova conversazione: la prossima domanda riparte da zero.
rated = Grazie. Nessuno legge la tua domanda, a meno che tu non la mandi.
sent_along = Grazie. Ho inviato la tua domanda insieme al giudizio.
note_uncited = Non verificato: il modello linguistico non ha indicato alcun brano.
note_unverified_all = Non verificato: nessuna delle parole citate dal modello linguistico si trova nelle pagine che indica.
note_unverified = { $citations }: non verificato. Le parole citate dal modello linguistico non si trovano in quella pagina.
note_other_model = Una parte è in preparazione per una ricerca migliore. Fino ad allora la trovo solo per le sue parole.
note_model_down = Il modello linguistico non ha risposto: ecco invece i brani migliori.
ask_what = Chiedi pure: d'ora in poi cerco in <b>{ $name }</b>.
ask_what_all = Chiedi pure: d'ora in poi cerco in tutti i tuoi documenti.
greeting = Ciao! Mandami un documento, o fai una domanda su quelli che hai mandato.
thanks = Prego! Chiedi pure ancora quando vuoi.
no_words = Qui non ci sono parole da cercare. Scrivi la domanda a parole, per favore.
no_documents = Non hai ancora documenti. Mandamene uno ({ $formats }), oppure prova l'esempio.
only_unfinished = Sto ancora leggendo il tuo documento. Riprova fra un momento: /status mostra a che punto è.
question_too_long = La domanda supera i { $limit } caratteri. Accorciala, per favore.

docs_title =
    { $count ->
        [one] <b>Il tuo documento</b>
       *[other] <b>I tuoi documenti</b> ({ $count })
    }
docs_line_ready =
    { $pages ->
        [one] <b>{ $name }</b> – { $pages } pagina
       *[other] <b>{ $name }</b> – { $pages } pagine
    }
docs_line_working = <b>{ $name }</b> – in lettura, { $percent } %
docs_line_queued = <b>{ $name }</b> – in attesa
docs_line_failed = <b>{ $name }</b> – lettura non riuscita
docs_line_cancelled = <b>{ $name }</b> – annullato
docs_hint = Tocca un numero per chiedere, rinominare o eliminare.
docs_delete_title = <b>Quale documento elimino?</b>
delete_confirm = Elimino <b>{ $name }</b> e tutto ciò che ne ho ricavato? Non si può tornare indietro.
deleted = Ho eliminato <b>{ $name }</b>.
forget_confirm = Elimino <b>tutto</b> ciò che conservo di te? Documenti: { $documents } ({ $size }), domande: { $questions }, con tutto ciò che ne è stato ricavato. Il lavoro in corso si ferma. Non si può tornare indietro.
forgetting = Sto eliminando tutto ciò che conservo di te…
forget_progress = Sto eliminando tutto ciò che conservo di te… Documenti: { $done } di { $total }.
forgotten = Ho eliminato tutto. Documenti: { $documents } ({ $size }), domande: { $questions }. Ho controllato: non resta nulla. Se mi scrivi di nuovo, ricominciamo da capo.
forgotten_before = Non conservo più nulla di te.
forget_kept = Non ho eliminato nulla.
mydata_packing = Sto raccogliendo tutto ciò che conservo di te: arriva tra un momento.
mydata_caption = Parte { $number } di ciò che conservo di te: quello che hai mandato, i filmati che ne ho fatto e, in data.json (parte 1), tutto il resto.
mydata_failed = Ora non riesco a raccogliere i tuoi dati. Riprova più tardi, per favore.
rename_ask = Mandami il nuovo nome per <b>{ $name }</b>, o /cancel per lasciare quello che ha.
rename_placeholder = Nuovo nome
renamed = Ora si chiama <b>{ $name }</b>.
rename_kept = Il nome resta com'è.

status_none = Non c'è nulla in corso.
status_title = <b>In corso</b>
status_working = <b>{ $name }</b> – { $stage }, { $percent } %
status_queued = <b>{ $name }</b> – in attesa, posizione { $queue_position } in coda
cancel_none = Non c'è nulla da annullare.
cancel_which = <b>Quale annullo?</b>
cancel_asked = Interrompo <b>{ $name }</b>…
cancel_done = La lettura di <b>{ $name }</b> è stata annullata.
cancel_late = La lettura di <b>{ $name }</b> è già terminata.
quota =
    { $count ->
        [0] Ancora nessun documento.
        [one] Un documento.
       *[other] { $count } documenti.
    } { $used } di { $allowed } usati: { $sent } sono i tuoi file, { $made } quello che ne è stato fatto.
    Un file può arrivare a { $limit }.
quota_uploads =
    { $count ->
        [0] In quest'ora non puoi mandare altri documenti.
        [one] In quest'ora puoi mandare ancora un documento.
       *[other] In quest'ora puoi mandare ancora { $count } documenti.
    }
quota_questions =
    { $count ->
        [0] In questo minuto non puoi fare altre domande.
        [one] In questo minuto puoi fare ancora una domanda.
       *[other] In questo minuto puoi fare ancora { $count } domande.
    }

export_which = <b>Quale documento esporto?</b>
export_none = Nessun documento è pronto da esportare. Mandamene uno, o guarda con /status che cosa sto ancora leggendo.
export_not_ready = <b>{ $name }</b> non è ancora pronto. Potrai esportarlo appena lo sarà.
export_too_large = Il filmato di <b>{ $name }</b> pesa { $size_mb } MB; un bot di Telegram può mandarne al massimo { $limit_mb }. Mandami il documento a pezzi ed esporta quelli.
export_sending = Mando il filmato…
export_failed = Non riesco a mandare il filmato. Riprova, per favore.
export_caption = <b>{ $name }</b> come filmato: ogni fotogramma è un brano. Manda questo file a un qualsiasi Socrate per riavere il documento, senza il file originale.
export_caption_large = <b>{ $name }</b> come filmato: ogni fotogramma è un brano. Lo rilegge ogni Socrate che accetta file di { $size_mb } MB; questo ne accetta { $limit_mb }.

not_text = Questo non lo so leggere. Manda un documento come file: { $formats }.
photo_hint = Non so leggere le immagini. Manda il documento come file: { $formats }.
unknown_command = Non conosco questo comando. /help mostra che cosa so fare.
admins_only = Solo chi amministra questo Socrate può usare questo comando.
not_allowed = Questo Socrate è privato. Chiedi a chi lo gestisce di aggiungere il tuo id Telegram: { $id }.
private_only = Scrivimi in una chat privata: lì ciò che mandi resta fra noi.

file_empty = Il file è vuoto (0 byte). Controllalo e mandalo di nuovo.
too_large = Il file pesa { $size_mb } MB; il limite è { $limit_mb } MB. Dividilo o salvane una copia più leggera, poi manda quella.
over_quota = Non c'è abbastanza spazio: con tutto quello che ne viene fatto servono { $needed_mb } MB e te ne restano { $free_mb }. Elimina qualcosa con /docs, poi mandalo di nuovo.
too_many_pages = Ha { $count } pagine; ne leggo al massimo { $limit }. Dividilo e manda le parti.
too_many_passages = Ha { $count } brani; ne leggo al massimo { $limit }. Dividi il documento e manda le parti.
over_max_pages = Ha più di { $limit } pagine, il massimo che leggo. Dividilo e manda le parti.
over_max_characters = Ha più di { $limit } caratteri di testo, il massimo che leggo. Dividilo e manda le parti.
over_max_passages = Ha più di { $limit } brani di testo, il massimo che leggo. Dividilo e manda le parti.
too_many_questions = Hai fatto { $limit } domande in un minuto, ed è il limite. Chiedi di nuovo fra { $seconds } s.
too_many_uploads = Hai mandato { $limit } documenti in un'ora, ed è il limite. Manda il prossimo fra { $minutes } min.
too_many_previews = Hai aperto { $limit } brani in un minuto, ed è il limite. Riprova fra { $seconds } s.
too_many_exports = Hai chiesto { $limit } file in un'ora, ed è il limite. Riprova fra { $minutes } min.
wrong_kind = Non so leggere questo tipo di file. Mandami { $formats }.
still_cancelling = L'annullamento di <b>{ $name }</b> è ancora in corso. Rimanda il file tra un minuto.
retry_running = È già in corso, o è già fatto. Con /docs vedi a che punto è.
file_edited = Leggo i file quando arrivano, e di quello in questo messaggio modificato non so nulla. Per farlo leggere, invialo come nuovo messaggio.
already_here = Hai già mandato questo stesso file: <b>{ $name }</b>. Non serve leggerlo due volte.
# { $formats } in any sentence lists the formats of processing/formats/table.py; format_<kind> translates a label.
formats_list = { $others } o { $last }
format_text = testo
format_damaged = Questo non è un file { $label } funzionante. Aprilo, salvalo di nuovo e rimandalo.
pdf_encrypted = È protetto da una password. Salva una copia senza password e manda quella.
pdf_damaged = Il PDF è danneggiato o incompleto. Aprilo, salvalo di nuovo e rimandalo.
docx_damaged = Non è un documento Word (DOCX) valido. Aprilo in Word o LibreOffice, salvalo di nuovo e rimandalo.
epub_damaged = L'EPUB è danneggiato. Scaricalo o esportalo di nuovo e rimandalo.
epub_locked = L'EPUB è protetto contro la copia (DRM) e non si può leggere. Manda una copia senza protezione.
no_text = Non contiene testo, forse solo pagine scansionate. Usa il riconoscimento del testo (OCR) e mandami il risultato.
text_unreadable = Non riesco a decifrare il testo. Salvalo in UTF-8 e mandalo di nuovo.
too_heavy = Aprirlo richiede troppa memoria o troppo tempo. Salvalo in una forma più semplice, o in più parti, e mandalo di nuovo.
archive_foreign = Questo video non contiene un documento: so leggere solo i filmati esportati da Socrate. Se lo è, mandalo come file, perché Telegram modifica i video.
archive_damaged = Questo filmato di un documento è danneggiato o incompleto. Esportalo di nuovo e mandalo come file, perché Telegram modifica i video.
archive_unreadable = Non sono riuscito a creare un archivio leggibile. Riprova, per favore.
document_not_found = Non ho (più) questo documento. /docs mostra quelli che hai.
name_empty = In questo nome non c'è nulla da mostrare. Mandane un altro, per favore.
download_later = Telegram non mi dà ancora il file. Continuo a provare per dieci minuti: non serve rimandarlo.
download_failed = Non riesco a prendere il file da Telegram. Mandalo di nuovo, per favore.
queue_down = La coda al momento è ferma. Ho conservato ciò che hai mandato e me ne occuperò appena riparte: non serve rimandarlo.
storage_down = L'archivio dei file ora non è disponibile. Riprova fra qualche minuto.
original_lost = Non trovo il file come lo hai mandato. Riprova più tardi, oppure eliminalo qui e mandalo di nuovo.
reader_stopped = La lettura è stata interrotta da parte nostra. Puoi riprovare.
database_busy = Socrate è molto occupato in questo momento. Riprova fra un minuto.
busy_kept = In questo momento sono molto occupato. Ho conservato ciò che hai mandato e avrà la sua risposta: non serve rimandarlo.
alert_failing = Socrate: <b>{ $check }</b> non funziona da due minuti. { $detail }
alert_well = Socrate: <b>{ $check }</b> funziona di nuovo.
error_temporary = Qualcosa è andato storto da parte nostra. Riprova, per favore.
error_unexpected = Qualcosa è andato storto da parte nostra. Ne abbiamo preso nota; riprova più tardi.
outcome_unwritten = Qualcosa è andato storto da parte nostra e qui non riesco a dirti com'è finita. /docs mostra a che punto sono i tuoi documenti.
gave_up = Non sono riuscito a leggerlo in tre tentativi. Puoi riprovare, o mandarlo in un altro formato.
embeddings_down = Al momento non posso calcolare il significato dei brani. Riprova più tardi.
model_down = Il modello linguistico non ha risposto.
cancelled = Annullato.
