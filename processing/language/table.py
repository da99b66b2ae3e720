"""The table of text languages: one row for each language that documents and questions may be written in.

To add a language, add its row to ``ROWS``. Text in any other language can be searched as well, by whole words only.
"""

from __future__ import annotations

from processing.language.language import Language, split_words

ROWS = (
    Language(
        name="english",
        stemmer="english",
        page="pages?|pp?",
        stop_words=split_words(
            "the of and to in is that for it was on are with as his they at be this have from by what which who how "
            "an or not were has had but when where why did does do can its than into about many much whose whom these "
            "those been being their there if also such"
        ),
    ),
    Language(
        name="italian",
        stemmer="italian",
        page="pag|pagin[aei]",
        stop_words=split_words(
            "il di che la è e un per una in sono non si con del le gli della dei lo alla come quale chi nel più cosa "
            "quando dove perché i al da quanti quali nella delle degli ha se sul sulla sui dal dalla dai nei agli ed "
            "anche fra tra era erano stato stata questo questa questi queste quanto quanta quante quindi oppure o"
        ),
    ),
    Language(
        name="german",
        own_letters="ß",
        stemmer="german",
        page="seiten?",
        stop_words=split_words(
            "der die und das in den von zu ist mit dem des nicht auf ein eine für sich im auch als wie wer was wann "
            "wo warum welche welcher einer wurde war hat wird sind es an einem einen eines zum zur bei nach um aus "
            "durch dass daß oder nur kann werden wurden waren haben welchen welchem welches wem wen wieviel wieviele "
            "viele sowie diese dieser dieses diesem diesen"
        ),
    ),
    Language(
        name="french",
        stemmer="french",
        page="pages?|pp?",
        stop_words=split_words(
            "le la les de des et un une est que qui dans en du pour au pas sur plus par quel quelle sont cette où "
            "quand comment pourquoi quels aux se il elle a été ou ses son sa leur leurs ont être avec dont ces cet "
            "lequel laquelle lesquels combien d l quelles"
        ),
    ),
    Language(
        name="spanish",
        own_letters="ñ",
        stemmer="spanish",
        page="páginas?|pág",
        stop_words=split_words(
            "el la los las de que y en un una es por con no se del para al lo como más qué cuál quién su fue cuándo "
            "dónde cómo cuántos qué son era este esta estos estas ese esa o si e sus le les ha han ser sin sobre "
            "entre fueron había pero también cuáles quiénes cuánto cuánta cuántas"
        ),
    ),
    Language(
        name="portuguese",
        own_letters="ã",
        stemmer="portuguese",
        page="páginas?|pág",
        stop_words=split_words(
            "o a os as de que e do da em um uma para com não no na se por mais qual quem como dos das ao foi quando "
            "onde quais são pelo ou uns umas à às pela pelos pelas sua seu seus suas ser foram esta este quanto "
            "quantos quantas"
        ),
    ),
    Language(
        name="catalan",
        stemmer="catalan",
        page="pàgina",
        stop_words=split_words(
            "el la els les de que i en un una és per amb no del al com més què qui va dels quan on quin"
        ),
    ),
    Language(
        name="dutch",
        stemmer="dutch",
        page="bladzijde|blz",
        stop_words=split_words(
            "de het een van en in is dat op te zijn met voor niet aan er wat wie welke hoe die als bij ook wanneer "
            "waar werd waarom"
        ),
    ),
    Language(
        name="romanian",
        own_letters="țșţ",
        stemmer="romanian",
        page="pagină",
        stop_words=split_words(
            "și de la în a cu pe care este un o nu din pentru ce mai sau cine prin fost lui au sunt şi câţi când unde "
            "cum cât câte al ale se că ca era după până ori dar dacă fi fie acest această aceste acestei acestui unei "
            "unui unor lor îi le îl li câtă câți cărei cărui căror cui"
        ),
    ),
    Language(
        name="turkish",
        own_letters="ğı",
        stemmer="turkish",
        page="sayfa",
        stop_words=split_words(
            "ve bir bu için ile da de ne olarak çok daha gibi kim nedir hangi olan kadar sonra var mi mı nasıl nerede "
            "zaman kaç oldu olduğu veya ise ki her şu o en tarafından göre önce üzere olup oldukları olması neden "
            "neler niçin kimin kimler kime kimi hangisi hangileri nereye nereden kaçtır"
        ),
    ),
    Language(
        name="swedish",
        stemmer="swedish",
        page="sida",
        stop_words=split_words(
            "och i att det som en på är av för med till den har inte om ett vad vem vilken hur var när"
        ),
    ),
    Language(
        name="danish",
        stemmer="danish",
        page="side",
        stop_words=split_words(
            "og i at det som en på er af for med til den har ikke om et hvad hvem hvilken hvordan var hvornår"
        ),
    ),
    Language(
        name="norwegian",
        stemmer="norwegian",
        page="side",
        stop_words=split_words(
            "og i at det som en på er av for med til den har ikke om et hva hvem hvilken hvordan var når"
        ),
    ),
    Language(
        name="finnish",
        stemmer="finnish",
        page="sivu",
        stop_words=split_words(
            "ja on ei se että oli hän mikä kuka joka ovat mutta kun niin myös tai sen mitä missä milloin"
        ),
    ),
    Language(
        name="estonian",
        stemmer="estonian",
        stop_words=split_words("ja on ei see et oli ta mis kes kui ning ka või selle mida kus millal"),
    ),
    Language(
        name="polish",
        own_letters="łżźń",
        stemmer="polish",
        page="strona",
        stop_words=split_words(
            "i w na z się nie do to jest że o jak co kto od za przez po dla są był kiedy gdzie jaki który"
        ),
    ),
    Language(
        name="czech",
        own_letters="řůě",
        stemmer="czech",
        page="strana",
        stop_words=split_words("a v na z se je že to do o jak co kdo od za pro po jsou byl kdy kde který jako ve"),
    ),
    Language(
        name="hungarian",
        own_letters="őű",
        stemmer="hungarian",
        page="oldal",
        stop_words=split_words("a az és hogy nem is egy van volt ki mi mely meg de csak mint ez vagy mikor hol"),
    ),
    Language(
        name="lithuanian",
        stemmer="lithuanian",
        stop_words=split_words("ir yra kad su iš ne į kaip kas apie buvo už nuo ar kuris kada kur"),
    ),
    Language(
        name="indonesian",
        stemmer="indonesian",
        page="halaman",
        stop_words=split_words(
            "yang dan di dari untuk dengan ini itu adalah pada ke tidak dalam apa siapa oleh sebagai akan kapan"
        ),
    ),
    Language(
        name="vietnamese",
        own_letters="ơưđạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ",
        marks_matter=True,
        # Every syllable is written as a word of its own, and most words have two syllables.
        pair_weight=0.4,
        page="trang",
        stop_words=split_words(
            "và của là có được trong cho các một những không với người đã này để ở gì ai khi nào nào đó thì mà hoặc "
            "nếu từ bởi bị vào ra đến tại trên về như cũng sẽ nó họ hay nhiêu thế đâu mấy"
        ),
    ),
    Language(
        name="basque",
        stemmer="basque",
        stop_words=split_words("eta da ez bat du zen ere dira izan nor zer non noiz baina hau"),
    ),
    Language(
        name="russian",
        script=r"\p{Cyrillic}",
        stemmer="russian",
        page=r"страниц\p{L}*|стр",
        stop_words=split_words(
            "и в во не на он она они что с со как а то так его их но к ко у же за бы по от о об из ли или ни до для "
            "это этот эта эти этого этой этом этих был была было были есть быть при также который которая которое "
            "которые кто кого кому кем чего чему чем где когда куда откуда почему зачем сколько какой какая какое "
            "какие какого каких какому каким какими какую каком"
        ),
    ),
    Language(
        name="greek",
        script=r"\p{Greek}",
        stemmer="greek",
        page="σελίδα|σελ",
        stop_words=split_words(
            "το η ο οι τα του της των τον την τους τις στο στη στην στον στα στις στους και να με για από που ότι "
            "είναι ήταν σε δεν θα μια μία ένα ένας αυτό αυτή ή ως τι ποιος ποια ποιο ποιοι ποιες ποιον ποιους ποιου "
            "ποιας ποιων πότε πού πώς γιατί πόσο πόσα πόσοι πόσες πόση"
        ),
    ),
    Language(
        name="arabic",
        script=r"\p{Arabic}",
        stemmer="arabic",
        # Snowball removes "and" from a bare word only, not before the article.
        prefix=r"^[وف](?=(?:ال|بال|كال|لل)\p{Arabic}{2})",
        page="صفحة|الصفحة",
        stop_words=split_words(
            "في من على إلى الى أن ان إن عن مع التي الذي الذين هذا هذه ذلك كان كانت هو هي ما لا لم و أو قد كما هل ماذا "
            "متى أين اين كيف لماذا كم أي اي أية"
        ),
    ),
    Language(
        name="hindi",
        script=r"\p{Devanagari}",
        stemmer="hindi",
        page="पृष्ठ",
        stop_words=split_words(
            "के का की में है हैं और से को पर ने यह वह एक कि भी जो था थे थी तो हो कर लिए या इस उस किया गया नहीं क्या "
            "कौन कौनसा कौनसी कौनसे किस किसने किसे किसका किसकी किसके किन कब कहाँ कहां कैसे क्यों कितना कितने कितनी"
        ),
    ),
    Language(
        name="armenian",
        script=r"\p{Armenian}",
        stemmer="armenian",
    ),
    Language(
        name="tamil",
        script=r"\p{Tamil}",
        stemmer="tamil",
    ),
    Language(
        # One row for all scripts without spaces. Hangul has spaces, but joins particles to the words.
        name="unspaced",
        script=r"\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}",
        spaced=False,
        page="หน้า",
        asking=(
            r"为?什么|為?什麼|哪[里裡儿兒个個些年种種一]?|谁|誰|何[时時处處地人种種]|为何|為何|多少|怎么样?|怎麼樣?|怎样|怎樣|如何|[吗嗎呢]"
            r"|ですか|でしょうか|なぜ|どこ|무엇|누구|언제|어디|어떻게|얼마"
            r"|อะไร|ใคร|ที่ไหน|ไหน|เมื่อไหร่|เมื่อไร|เมื่อใด|อย่างไร|ทำไม|เท่าไหร่|เท่าไร|เท่าใด|(?<!เ)กี่|ใด|หรือไม่|บ้าง"
        ),
    ),
)
LANGUAGES = {row.name: row for row in ROWS}
UNKNOWN = Language(name="")


def get_language(name: str) -> Language:
    """Return the row with this name, or ``UNKNOWN`` if there is none."""
    return LANGUAGES.get(name, UNKNOWN)
