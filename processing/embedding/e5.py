"""multilingual-e5-small as the embedder of a process: vectors of texts in about a hundred languages."""

from __future__ import annotations

from processing.embedding.encoder_embedder import EncoderEmbedder
from processing.transformer.e5_file import NAME
from processing.transformer.engine import Encoder
from processing.transformer.shared import get_pieces
from processing.transformer.weights import read_e5


class E5Embedder(EncoderEmbedder):
    model, dimension, max_tokens = NAME, 384, 512
    # The model was trained with these before each text.
    passage, question = "passage: ", "query: "

    def make_encoder(self) -> Encoder:
        return Encoder(read_e5)

    def list_ids(self, text: str, most: int) -> list[int]:
        pieces = get_pieces()
        return [pieces.special.begin, *pieces.list_ids(text, most - 2 if most > 0 else -1), pieces.special.end]
