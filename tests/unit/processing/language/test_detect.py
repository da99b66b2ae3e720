"""Languages are recognised by script, stop words and letters of their own."""

from __future__ import annotations

import pytest

from processing.language.detect import detect_language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The tenant returns the keys at the end of the lease.", "english"),
        ("Il locatario restituisce le chiavi alla fine del contratto.", "italian"),
        ("Der Mieter gibt die Schlüssel am Ende des Vertrags zurück.", "german"),
        ("Le locataire rend les clés à la fin du contrat.", "french"),
        ("El inquilino devuelve las llaves al final del contrato.", "spanish"),
        ("Thành phố Huế từng là kinh đô của Việt Nam và các vua.", "vietnamese"),
        ("Kiracı anahtarları sözleşmenin sonunda ve bir gün içinde verir.", "turkish"),
        ("Жилец возвращает ключи по окончании договора.", "russian"),
        ("दिल्ली भारत की राजधानी है।", "hindi"),
        ("القاهرة هي عاصمة مصر", "arabic"),
        ("Η Αθήνα είναι η πρωτεύουσα", "greek"),
        ("北京是首都", "unspaced"),
        ("กรุงเทพมหานคร", "unspaced"),
        ("서울은 수도이다", "unspaced"),
        ("What is a 東京 train?", "english"),
        ("Orașul se află la nord și are două râuri, pe care trec poduri.", "romanian"),
        # Short questions and headings: one letter that no other language has is enough.
        ("Wer war Kant?", "german"),
        ("¿Quién fue Cervantes?", "spanish"),
        ("Kim bu?", "turkish"),
        ("Şablonları düzenleme", "turkish"),
        ("Cine a scris?", "romanian"),
        ("Funcții", "romanian"),
        ("Ai là vua?", "vietnamese"),
        ("Nhà thơ", "vietnamese"),
        ("Nha\u0300 tho\u031b", "vietnamese"),
        ("Кто это?", "russian"),
        ("Ποιος;", "greek"),
        ("من هو؟", "arabic"),
        ("कौन?", "hindi"),
        ("ใคร", "unspaced"),
        ("谁？", "unspaced"),
        ("Warsaw population 1933", ""),
        ("1234 5678", ""),
        ("", ""),
    ],
)
def test_language_is_recognised(text: str, language: str) -> None:
    assert detect_language(text) == language


def test_a_few_stop_words_by_chance_do_not_make_a_language() -> None:
    assert detect_language("Kubwa nyumba ya watu wengi sana kijijini " * 20 + "on the") == ""
