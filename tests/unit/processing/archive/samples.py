"""Passages in many languages, the default embedder, and one for tests that do not search by meaning."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from processing.embedding.e5 import E5Embedder
from processing.types import Passage
from tests.alike import EmbedsAlike

TEXTS = (
    "The walrus rests on drifting ice and dives for clams on the sea floor. Its tusks help it to haul itself out.",
    "A compiler translates a program into machine code. The linker then joins the object files into one executable.",
    "Photosynthesis turns light, water and carbon dioxide into sugar; oxygen is set free by the green leaves.",
    "Article 32 obliges the tenant to return the keys within three days after the end of the lease.",
    "Bread rises because yeast breathes out carbon dioxide, which the gluten of the dough holds back in bubbles.",
    "Volcanoes of the shield kind have gentle slopes, since their basaltic lava is thin and runs far.",
    "Il locatario restituisce le chiavi entro tre giorni dalla fine del contratto, perché così vuole la legge.",
    "La città di Bologna è nota per i suoi portici, lunghi più di quaranta chilometri; «dotta» la chiamano.",
    "Die Straßenbahn fährt alle zehn Minuten über die große Brücke zum Südbahnhof.",
    "L'été, les cigales chantent à l'ombre des pins ; dès que le soleil se couche, elles se taisent.",
    "El Niño calienta las aguas del Pacífico y cambia las lluvias de medio mundo.",
    "Москва стоит на семи холмах, и река Москва течёт через весь город.",
    "Пушкин написал роман в стихах «Евгений Онегин» за семь с лишним лет.",
    "Η Αθήνα είναι η πρωτεύουσα της Ελλάδας και μία από τις αρχαιότερες πόλεις του κόσμου.",
    "القاهرة هي عاصمة مصر وأكبر مدنها، وتقع على ضفاف نهر النيل.",
    "ירושלים היא עיר עתיקה בהרים, ובה שערים רבים וחומות אבן.",
    "दिल्ली भारत की राजधानी है। यह यमुना नदी के किनारे बसी हुई है।",
    "北京是中华人民共和国的首都，有三千多年的建城历史。故宫位于城市的中心。",
    "東京は日本の首都であり、世界でも有数の大都市です。電車がとても便利です。",
    "กรุงเทพมหานครเป็นเมืองหลวงของประเทศไทย ตั้งอยู่ริมแม่น้ำเจ้าพระยา",
    "서울은 대한민국의 수도이며 한강이 도시를 가로질러 흐른다.",
    "İstanbul Boğazı Karadeniz'i Marmara Denizi'ne bağlar; ılık rüzgârlar eser.",
    "Thành phố Huế từng là kinh đô của Việt Nam dưới triều Nguyễn.",
    "Ženy šly přes řeku, když příliš žluťoučký kůň úpěl ďábelské ódy.",
    'She said: "It\'s 5 o\'clock", then wrote \\n, {"json": [1, 2]} and <b>&amp;</b> on the board; 100 % done.',
    "Emoji travel too: \U0001f980 \U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f1ee\U0001f1f9 ❤\ufe0f,"
    " and so do \U0001d516\U0001d522\U0001d52f signs.",
    "Mixed directions: the word سلام means peace, שלום too, and 2,5 € is a price.",
    "x",
    "def f(n):\n    return n if n < 2 else f(n - 1) + f(n - 2)\n\n\tprint(f(10))",
    "Supercalifragilisticexpialidocious" * 20,
    " ".join(f"Row {number} of the long table names part AB-{number * 37}." for number in range(80))[:3000],
)


def make_passages(count: int | None = None) -> list[Passage]:
    """Return the texts as passages, two on a page, every third under a heading."""
    return [
        Passage(
            number, text, number // 2 + 1, number // 2 + 1 + number % 2, f"§ {number} Überschrift" * (number % 3 == 0)
        )
        for number, text in enumerate(TEXTS[:count])
    ]


@cache
def get_embedder() -> E5Embedder:
    """Return the one model for all tests of a process: its weights take seconds to load."""
    return E5Embedder()


class HashEmbedder(EmbedsAlike):
    """A ``ports.Embedder`` without a model: every text has a random vector, always the same one."""

    model, dimension, max_tokens = "hash", 16, 256

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        seeds = (np.random.default_rng(zlib.crc32(text.encode())) for text in texts)
        vectors = np.array([seed.normal(size=self.dimension) for seed in seeds], np.float32).reshape(-1, self.dimension)
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)

    def warm_up(self) -> None: ...

    def count_tokens(self, text: str) -> int:
        return len(text.split()) + 2


def ignore_progress(stage: str, done: int, total: int) -> None:
    """For tests that do not look at progress."""
