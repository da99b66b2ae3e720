"""The best passage comes first: by words, by name, by meaning, in one document and in several."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from processing.retrieval.lexical import build_lexical, compute_idf, match, score_matches, weigh_question
from processing.retrieval.search import LoadedIndex, search
from processing.types import Passage
from tests.alike import EmbedsAlike

ENGLISH = (
    "The walrus rests on drifting ice and dives for clams on the floor of the sea.",
    "A compiler translates a program into machine code that the processor can run.",
    "Article 3 says that the rent is due on the first of the month. Part AB-1243 is not sold any more.",
    "Article 32 says that the keys are returned within three days. The rent of article 33 is not touched.",
    "The part with the number AB-1234 fits the pump; see the list of the other parts.",
    "Bread rises because the yeast in it breathes, and a walrus has nothing to do with it.",
)
ITALIAN = (
    "La città di Bologna è nota per i portici e per la sua università.",
    "Il locatario restituisce le chiavi entro tre giorni dalla fine del contratto.",
    "Secondo l'articolo 12 il canone è dovuto il primo giorno del mese.",
)
RUSSIAN = (
    "Москва стоит на семи холмах, и река течёт через весь город.",
    "Пушкин написал роман в стихах за семь лет.",
    "Жилец возвращает ключи по окончании договора.",
)
HINDI = (
    "दिल्ली भारत की राजधानी है और यमुना नदी के किनारे बसी है।",
    "मुंबई भारत का सबसे बड़ा नगर है।",
    "किराया महीने के पहले दिन देय होता है।",
)
CHINESE = (
    "北京是中华人民共和国的首都，有三千多年的建城历史。",
    "第32条规定租客应在三天内归还钥匙。",
    "面包因酵母而膨胀。",
)
THAI = (
    "กรุงเทพมหานครเป็นเมืองหลวงของประเทศไทย",
    "ผู้เช่าต้องคืนกุญแจภายในสามวัน",
    "แม่น้ำเจ้าพระยาไหลผ่านกรุงเทพ",
)


class TopicEmbedder(EmbedsAlike):
    """``ports.Embedder`` whose vectors count words by topic; a text without a topic has a direction of its own."""

    max_tokens = 256
    topics = (("walrus", "sea", "animal", "ice"), ("compiler", "program", "software"), ("rent", "keys", "lease"))

    def __init__(self, model: str = "all-MiniLM-L6-v2") -> None:
        self.model, self.dimension, self.asked = model, len(self.topics) + 1, list[str]()

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked += texts
        counts = [[sum(word in text.lower() for word in topic) for topic in self.topics] for text in texts]
        vectors = np.array([[*row, 0.1] for row in counts], np.float32)
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)

    def warm_up(self) -> None: ...

    def count_tokens(self, text: str) -> int:
        return len(text.split())


def make_loaded_index(name: str, texts: Sequence[str], embedder: TopicEmbedder | None = None) -> LoadedIndex:
    """Each text is a passage on a page of its own; vectors are made if an embedder is given."""
    passages = [Passage(number, text, number + 1, number + 1) for number, text in enumerate(texts)]
    vectors = embedder.embed(texts) if embedder else None
    return LoadedIndex(name, name, passages, build_lexical(texts), vectors, embedder.model if embedder else "")


def find_first(texts: Sequence[str], question: str) -> int:
    return search([make_loaded_index("one", texts)], question, None, 3)[0].passage.index


@pytest.mark.parametrize(
    ("texts", "question", "index"),
    [
        (ENGLISH, "Where do walruses dive?", 0),
        (ENGLISH, "Which machine code is translated?", 1),
        (ITALIAN, "Quando vanno restituite le chiavi?", 1),
        (ITALIAN, "le universita di bologna", 0),
        (RUSSIAN, "Когда жильцы возвращают ключ?", 2),
        (RUSSIAN, "Сколько холмов в Москве?", 0),
        (HINDI, "भारत की राजधानी क्या है?", 0),
        (HINDI, "किराया कब देय है?", 2),
        (CHINESE, "中国的首都是哪里？", 0),
        (CHINESE, "什么时候归还钥匙？", 1),
        (THAI, "เมืองหลวงของไทยคืออะไร", 0),
        (THAI, "ต้องคืนกุญแจเมื่อไร", 1),
    ],
)
def test_passage_is_found_by_its_words(texts: Sequence[str], question: str, index: int) -> None:
    assert find_first(texts, question) == index


@pytest.mark.parametrize(
    ("texts", "question", "index"),
    [
        (ENGLISH, "What does article 32 say about the rent?", 3),
        (ENGLISH, "What does Article 3 say about keys?", 2),
        (ENGLISH, "AB-1234", 4),
        (ENGLISH, "Is AB-1243 the number of a part that fits the pump?", 2),
        (ENGLISH, 'Which part says "nothing to do with it" of the walrus on the ice?', 5),
        (ENGLISH, "What is on page 2?", 1),
        (ENGLISH, "p. 5", 4),
        (ITALIAN, "Cosa dice l'articolo 12 sulle chiavi?", 2),
        (ITALIAN, "pagina 2", 1),
        (CHINESE, "第32条是什么？", 1),
        (CHINESE, "第3页", 2),
        (RUSSIAN, "что на странице 2", 1),
    ],
)
def test_passage_that_is_named_exactly_comes_first(texts: Sequence[str], question: str, index: int) -> None:
    assert find_first(texts, question) == index


def test_passage_without_shared_words_is_found_by_meaning() -> None:
    embedder = TopicEmbedder()
    loaded_index = make_loaded_index("one", ENGLISH, embedder)
    assert search([loaded_index], "Which software?", embedder, 1)[0].passage.index == 1
    assert search([loaded_index], "Which software?", None, 1) == []


@pytest.mark.parametrize(
    ("texts", "question"),
    [(ENGLISH, "Quale animale si trova nella pagina della sea?"), (ITALIAN, "Which animal is in the sea?")],
)
def test_english_model_is_not_used_for_other_languages(texts: Sequence[str], question: str) -> None:
    embedder = TopicEmbedder()
    loaded_index = make_loaded_index("one", texts, embedder)
    search([loaded_index], question, embedder, 3)
    assert question not in embedder.asked


def test_multilingual_model_is_used_for_all_languages() -> None:
    embedder = TopicEmbedder("paraphrase-multilingual-MiniLM-L12-v2")
    loaded_index = make_loaded_index("one", ITALIAN, embedder)
    search([loaded_index], "Quali chiavi?", embedder, 3)
    assert "Quali chiavi?" in embedder.asked


def test_vectors_of_another_model_are_not_used() -> None:
    loaded_index = make_loaded_index("one", ENGLISH, TopicEmbedder("another"))
    asking = TopicEmbedder()
    assert search([loaded_index], "Where do walruses dive?", asking, 1)[0].passage.index == 0
    assert asking.asked == []


def test_document_without_vectors_is_searched_beside_a_finished_one() -> None:
    embedder = TopicEmbedder()
    finished = make_loaded_index("finished", ENGLISH, embedder)
    unfinished = make_loaded_index(
        "unfinished", ("Volcanoes have gentle slopes of lava.", "Keys open the doors of the castle.")
    )
    both = [finished, unfinished]
    assert search(both, "How gentle are the slopes of volcanoes?", embedder, 3)[0].document_id == "unfinished"
    assert search(both, "Where do walruses dive?", embedder, 3)[0].document_id == "finished"


def test_documents_in_several_languages_are_searched_together() -> None:
    loaded_indexes = [
        make_loaded_index(name, texts) for name, texts in (("en", ENGLISH), ("it", ITALIAN), ("ru", RUSSIAN))
    ]
    assert search(loaded_indexes, "Quando si restituiscono le chiavi?", None, 1)[0].document_id == "it"
    assert search(loaded_indexes, "возвращает ключи", None, 1)[0].document_id == "ru"
    assert search(loaded_indexes, "compiled programs", None, 1)[0].document_id == "en"


def test_rarity_is_measured_over_all_documents() -> None:
    """A word that one document repeats counts less there than a rarer word in another document."""
    common, rare = build_lexical(["alpha beta"] * 9), build_lexical(["alpha gamma"])
    matches = [match(index, weigh_question("beta gamma", index.language)) for index in (common, rare)]
    together = score_matches(matches, compute_idf(matches))
    assert float(together[1][0]) > float(together[0].max())


def test_hits_are_limited_sorted_and_only_passages_that_fit() -> None:
    loaded_index = make_loaded_index("one", ENGLISH)
    hits = search([loaded_index], "walrus", None, 10)
    assert [hit.passage.index for hit in hits] == [0, 5]
    assert hits[0].score >= hits[1].score
    assert len(search([loaded_index], "the walrus and the article", None, 2)) == 2
    assert search([loaded_index], "Which zeppelins are there?", None, 5) == []
    assert search([], "walrus", None, 5) == []
    assert search([make_loaded_index("empty", ())], "walrus", None, 5) == []
    assert search([loaded_index], "", None, 5) == []


def test_question_of_stop_words_finds_its_phrase() -> None:
    texts = ("Hamlet asks: to be or not to be.", "It is not for the faint, but it was to be seen.", "Nothing here.")
    assert find_first(texts, "to be or not to be") == 0


def test_index_measures_its_size() -> None:
    small, large = build_lexical(ENGLISH[:1]), build_lexical(ENGLISH)
    assert (small.size, large.size) == (1, 6)
    assert 0 < small.measure_bytes() < large.measure_bytes()
