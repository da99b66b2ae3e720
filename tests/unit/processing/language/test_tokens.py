"""Words of many scripts become terms that their forms share and different words do not."""

from __future__ import annotations

import pytest

from processing.language.tokens import fold, list_content_terms, list_content_words, list_spelling_ngrams, list_terms


@pytest.mark.parametrize(
    ("one", "other", "language"),
    [
        ("tenants RETURNING keys", "tenant returned key", "english"),
        ("la città più antica", "LE CITTÀ PIÙ ANTICHE", "italian"),
        ("книгами", "книги", "russian"),
        ("ёлка", "елка", "russian"),
        ("Größe", "GROSSE", "german"),
        ("लड़कियों", "लड़कियों", "hindi"),
        ("İSTANBUL", "istanbul", "turkish"),
        ("ΑΘΗΝΑ", "Αθήνα", "greek"),
        ("ＡＢ－１２", "ab-12", "english"),
        ("अनुच्छेद ३२", "अनुच्छेद 32", "hindi"),
        ("e\u0301te\u0301", "été", "french"),
        ("Überweisung Mädchen STRASSE", "ueberweisung Maedchen Straße", "german"),
        ("canciones", "CANCIÓN", "spanish"),
        ("știință", "ştiinţă", "romanian"),  # comma or cedilla below, as on old keyboards
        ("știință", "stiinta", "romanian"),
        ("IŞIK", "ışık", "turkish"),
        ("İstanbul'da kitaplarında", "istanbul da kitap", "turkish"),
        ("ΠΡΟΪΟΝΤΑ των ανθρώπων", "προϊόντα των ανθρωπος", "greek"),  # the final s has another form
        ("والكتاب", "كتاب", "arabic"),  # and-the-book
        ("فالكتاب", "بالكتاب", "arabic"),
        ("ٱلْكِتَابُ", "الكتـــاب", "arabic"),
        ("٢٠٢٤ میلادی", "2024 ميلادي", "arabic"),
        ("हिन्दी", "हिंदी", "hindi"),
        ("चाँद", "चांद", "hindi"),
        ("क्\u200dया", "क्या", "hindi"),  # an invisible joiner
        ("भाषाओं", "भाषा", "hindi"),
        ("น้ำ", "นํ้า", "unspaced"),  # two orders of typing
        ("แม่", "เเม่", "unspaced"),
        ("ปี๒๕๔๐", "ปี2540", "unspaced"),
        ("hòa thúy", "hoà thuý", "vietnamese"),
        ("Co\u0302\u0323ng HÒA", "cộng hòa", "vietnamese"),
        ("co\u00adope\u00adrate", "cooperate", "english"),
    ],
)
def test_forms_of_a_word_have_the_same_terms(one: str, other: str, language: str) -> None:
    if language == "italian":
        assert set(list_terms(one, language)) & set(list_terms(other, language)) >= {"citt", "piu", "antic"}
    else:
        assert list_terms(one, language) == list_terms(other, language)


def test_vowel_signs_do_not_split_a_word() -> None:
    assert len(list_terms("दिल्ली भारत की राजधानी", "")) == 4
    assert fold("दिल्ली") == "दिल्ली"


def test_text_without_spaces_becomes_ngrams() -> None:
    assert list_terms("北京是", "unspaced") == ["北", "京", "是", "北京", "京是"]
    assert list_terms("京", "unspaced") == ["京"]
    assert list_terms("กรุงเทพ", "unspaced")[:2] == ["กรุ", "รุง"]
    assert list_terms("ก", "unspaced") == ["ก"]
    assert set(list_terms("เมืองหลวง", "unspaced")) & set(list_terms("เป็นเมืองหลวงของ", "unspaced"))


def test_word_in_text_without_spaces_keeps_its_own_term() -> None:
    assert "usb" in list_terms("USB接口", "unspaced")
    assert "接口" in list_terms("USB接口", "unspaced")


def test_cyrillic_short_i_keeps_its_mark() -> None:
    assert list_terms("мой", "") == ["мой"]


def test_stop_words_are_left_out_unless_nothing_else_is_left() -> None:
    assert list_content_terms("What is the price of bread?", "english") == ["price", "bread"]
    assert list_content_terms("to be or not to be", "english") == ["to", "be", "or", "not", "to", "be"]
    assert list_content_terms("", "english") == []


@pytest.mark.parametrize(
    ("one", "other"),
    [("أحمد", "احمد"), ("مدرسة", "مدرسه"), ("مـحـمد", "محمد"), ("क़लम", "कलम"), ("ırak", "irak"), ("viện", "vien")],
)
def test_equivalent_spellings_fold_to_the_same(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other", "language"),
    [
        ("दिन", "दीन", "hindi"),  # day, poor: a vowel sign is no accent
        ("कल", "काल", "hindi"),
        ("ข่าว", "ขาว", "unspaced"),  # news, white: a tone
        ("đường", "dương", "vietnamese"),  # road, ocean
        ("ma", "mả", "vietnamese"),
        ("мой", "мои", ""),
        ("والد", "الد", "arabic"),  # father: no "and" before a word that would be left too short
    ],
)
def test_different_words_have_different_terms(one: str, other: str, language: str) -> None:
    assert list_terms(one, language) != list_terms(other, language)


def test_vietnamese_typed_without_marks_shares_spelling_ngrams() -> None:
    assert list_spelling_ngrams("đường", "vietnamese") == list_spelling_ngrams("duong", "vietnamese")


@pytest.mark.parametrize(
    ("question", "language", "content_words"),
    [
        ("Сколько населения в Варшаве?", "russian", ["населения", "варшаве"]),
        ("Ποια είναι η πρωτεύουσα της Ελλάδας;", "greek", ["πρωτεύουσα", "ελλάδασ"]),
        ("ما هي عاصمة مصر؟", "arabic", ["عاصمة", "مصر"]),
        ("भारत की राजधानी क्या है?", "hindi", ["भारत", "राजधानी"]),
        ("华沙有多少居民？", "unspaced", ["华沙有", "居民"]),
        ("เมืองหลวงคืออะไร", "unspaced", ["เมืองหลวงคือ"]),
        ("เกี่ยวกับภาษา", "unspaced", ["เกี่ยวกับภาษา"]),  # "how many" stands in "about"
        ("为什么", "unspaced", ["为什么"]),
        ("¿Cuántas personas viven en Madrid?", "spanish", ["personas", "viven", "madrid"]),
        ("Türkiye'nin başkenti neresi ve kaçtır?", "turkish", ["türkiye", "nin", "başkenti", "neresi"]),
        ("Care este capitala României și câţi oameni au?", "romanian", ["capitala", "româniei", "oameni"]),
        ("Có bao nhiêu người ở Huế?", "vietnamese", ["bao", "huế"]),
    ],
)
def test_words_that_only_ask_are_left_out(question: str, language: str, content_words: list[str]) -> None:
    assert list_content_words(question, language) == content_words


def test_words_with_different_tones_share_only_spelling_ngrams() -> None:
    assert list_terms("má", "vietnamese") != list_terms("mà", "vietnamese")
    assert list_spelling_ngrams("má", "vietnamese") == list_spelling_ngrams("ma", "vietnamese")


def test_compounds_share_spelling_ngrams_with_their_parts() -> None:
    assert set(list_spelling_ngrams("donaudampfschiff", "german")) & set(list_spelling_ngrams("schiff", "german"))
    assert list_spelling_ngrams("1945", "english") == []
    assert list_spelling_ngrams("the", "english") == []
