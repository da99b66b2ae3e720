"""The language of a text: by its script, in Latin letters by its commonest words."""

from __future__ import annotations

from collections import Counter
from unicodedata import normalize

import regex

# With the signs inside words that only steer how letters join or where a line may break.
WORD = regex.compile(r"[\p{L}\p{M}\p{N}\u00ad\u200c\u200d]+")
# Scripts that are written without spaces, or, like Hangul, with particles grown onto the words.
UNSPACED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]")
SCRIPTS = (
    (regex.compile(r"\p{Cyrillic}"), "russian"),
    (regex.compile(r"\p{Greek}"), "greek"),
    (regex.compile(r"\p{Arabic}"), "arabic"),
    (regex.compile(r"\p{Devanagari}"), "hindi"),
    (regex.compile(r"\p{Armenian}"), "armenian"),
    (regex.compile(r"\p{Tamil}"), "tamil"),
    (UNSPACED, "unspaced"),
)
STOP_WORD_LISTS = {
    "english": "the of and to in is that for it was on are with as his they at be this have from by what which who how"
    " an or not were has had but when where why did does do can its than into about many much"
    " whose whom these those been being their there if also such",
    "italian": "il di che la è e un per una in sono non si con del le gli della dei lo alla come quale chi nel più"
    " cosa quando dove perché i al da quanti quali nella delle degli ha"
    " se sul sulla sui dal dalla dai nei agli ed anche fra tra era erano stato stata questo questa questi"
    " queste quanto quanta quante quindi oppure o",
    "german": "der die und das in den von zu ist mit dem des nicht auf ein eine für sich im auch als wie wer was"
    " wann wo warum welche welcher einer wurde war hat wird sind es an"
    " einem einen eines zum zur bei nach um aus durch dass daß oder nur kann werden wurden waren haben"
    " welchen welchem welches wem wen wieviel wieviele viele sowie diese dieser dieses diesem diesen",
    "french": "le la les de des et un une est que qui dans en du pour au pas sur plus par quel quelle sont cette où"
    " quand comment pourquoi quels aux se il elle a été"
    " ou ses son sa leur leurs ont être avec dont ces cet lequel laquelle lesquels combien d l quelles",
    "spanish": "el la los las de que y en un una es por con no se del para al lo como más qué cuál quién su fue"
    " cuándo dónde cómo cuántos qué son era"
    " este esta estos estas ese esa o si e sus le les ha han ser sin sobre entre fueron había pero también"
    " cuáles quiénes cuánto cuánta cuántas",
    "portuguese": "o a os as de que e do da em um uma para com não no na se por mais qual quem como dos das ao foi"
    " quando onde quais são pelo"
    " ou uns umas à às pela pelos pelas sua seu seus suas ser foram esta este quanto quantos quantas",
    "catalan": "el la els les de que i en un una és per amb no del al com més què qui va dels quan on quin",
    "dutch": "de het een van en in is dat op te zijn met voor niet aan er wat wie welke hoe die als bij ook"
    " wanneer waar werd waarom",
    "romanian": "și de la în a cu pe care este un o nu din pentru ce mai sau cine prin fost lui au sunt"
    " şi câţi când unde cum cât câte al ale"
    " se că ca era după până ori dar dacă fi fie acest această aceste acestei acestui unei unui unor lor"
    " îi le îl li câtă câți cărei cărui căror cui",
    "turkish": "ve bir bu için ile da de ne olarak çok daha gibi kim nedir hangi olan kadar sonra var"
    " mi mı nasıl nerede zaman kaç oldu olduğu"
    " veya ise ki her şu o en tarafından göre önce üzere olup oldukları olması neden neler niçin kimin"
    " kimler kime kimi hangisi hangileri nereye nereden kaçtır",
    "swedish": "och i att det som en på är av för med till den har inte om ett vad vem vilken hur var när",
    "danish": "og i at det som en på er af for med til den har ikke om et hvad hvem hvilken hvordan var hvornår",
    "norwegian": "og i at det som en på er av for med til den har ikke om et hva hvem hvilken hvordan var når",
    "finnish": "ja on ei se että oli hän mikä kuka joka ovat mutta kun niin myös tai sen mitä missä milloin",
    "estonian": "ja on ei see et oli ta mis kes kui ning ka või selle mida kus millal",
    "polish": "i w na z się nie do to jest że o jak co kto od za przez po dla są był kiedy gdzie jaki który",
    "czech": "a v na z se je že to do o jak co kdo od za pro po jsou byl kdy kde který jako ve",
    "hungarian": "a az és hogy nem is egy van volt ki mi mely meg de csak mint ez vagy mikor hol",
    "lithuanian": "ir yra kad su iš ne į kaip kas apie buvo už nuo ar kuris kada kur",
    "indonesian": "yang dan di dari untuk dengan ini itu adalah pada ke tidak dalam apa siapa oleh sebagai akan kapan",
    "vietnamese": "và của là có được trong cho các một những không với người đã này để ở gì ai khi nào nào đó"
    " thì mà hoặc nếu từ bởi bị vào ra đến tại trên về như cũng sẽ nó họ hay nhiêu thế đâu mấy",
    "basque": "eta da ez bat du zen ere dira izan nor zer non noiz baina hau",
    # Known by their script; what they ask with says nothing here either.
    "russian": "и в во не на он она они что с со как а то так его их но к ко у же за бы по от о об из ли или ни до"
    " для это этот эта эти этого этой этом этих был была было были есть быть при также который которая которое которые"
    " кто кого кому кем чего чему чем где когда куда откуда почему зачем сколько какой какая какое какие какого каких"
    " какому каким какими какую каком",
    "greek": "το η ο οι τα του της των τον την τους τις στο στη στην στον στα στις στους και να με για από που ότι"
    " είναι ήταν σε δεν θα μια μία ένα ένας αυτό αυτή ή ως τι ποιος ποια ποιο ποιοι ποιες ποιον ποιους ποιου ποιας"
    " ποιων πότε πού πώς γιατί πόσο πόσα πόσοι πόσες πόση",
    "arabic": "في من على إلى الى أن ان إن عن مع التي الذي الذين هذا هذه ذلك كان كانت هو هي ما لا لم و أو قد كما"
    " هل ماذا متى أين اين كيف لماذا كم أي اي أية",
    "hindi": "के का की में है हैं और से को पर ने यह वह एक कि भी जो था थे थी तो हो कर लिए या इस उस किया गया नहीं"
    " क्या कौन कौनसा कौनसी कौनसे किस किसने किसे किसका किसकी किसके किन कब कहाँ कहां कैसे क्यों कितना कितने कितनी",
}
STOP_WORDS = {language: frozenset(normalize("NFKC", words).casefold().split()) for language, words in STOP_WORD_LISTS.items()}
# A heading or a short question may have no common word, but a letter that no other of these languages writes.
OWN_LETTERS = {
    "german": regex.compile(r"ß"),
    "spanish": regex.compile(r"ñ"),
    "portuguese": regex.compile(r"ã"),
    "romanian": regex.compile(r"[țșţ]"),
    "turkish": regex.compile(r"[ğı]"),
    "polish": regex.compile(r"[łżźń]"),
    "czech": regex.compile(r"[řůě]"),
    "hungarian": regex.compile(r"[őű]"),
    "vietnamese": regex.compile(r"[ơưđạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]"),
}
# What only asks, where words have no spaces and it stands inside the others.
ASKING = regex.compile(
    r"为?什么|為?什麼|哪[里裡儿兒个個些年种種一]?|谁|誰|何[时時处處地人种種]|为何|為何|多少|怎么样?|怎麼樣?|怎样|怎樣|如何|[吗嗎呢]"
    r"|ですか|でしょうか|なぜ|どこ|무엇|누구|언제|어디|어떻게|얼마"
    r"|อะไร|ใคร|ที่ไหน|ไหน|เมื่อไหร่|เมื่อไร|เมื่อใด|อย่างไร|ทำไม|เท่าไหร่|เท่าไร|เท่าใด|(?<!เ)กี่|ใด|หรือไม่|บ้าง"
)
SAMPLE_CHARACTERS = 20_000
# Running text is a quarter common words; a table or a language that is not listed has a few by chance.
LEAST_SHARE = 0.05


def detect_language(text: str) -> str:
    """An English name in small letters, ``unspaced`` for scripts without spaces, or empty where nothing tells.

    Related languages in one script go by the name of the one that has a stemmer: Ukrainian by ``russian``.
    """
    sample = normalize("NFC", text[:SAMPLE_CHARACTERS]).lower()
    letters = sum(sign.isalpha() for sign in sample)
    for pattern, language in SCRIPTS:
        if letters and len(pattern.findall(sample)) > 0.3 * letters:
            return language
    words = Counter(WORD.findall(sample))
    votes = {language: sum(words[word] for word in common) for language, common in STOP_WORDS.items()}
    for language, letter in OWN_LETTERS.items():
        votes[language] += sum(count for word, count in words.items() if letter.search(word))
    best = max(votes, key=lambda language: votes[language])
    return best if votes[best] > LEAST_SHARE * words.total() else ""


def is_stop_word(word: str, language: str) -> bool:
    """Whether a word in small letters says nothing of what a text in this language is about."""
    return word in STOP_WORDS.get(language, ())
