"""FlatBert gives the same vectors as the library's own BERT."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn.functional import linear
from transformers import BertConfig, BertModel, RobertaConfig, RobertaModel

from processing.embedding.bert import BATCH_ROWS, FlatBert, is_flat, lay_out
from processing.embedding.embedder import BATCH, TransformerEmbedder
from tests.unit.processing.archive.samples import TEXTS

SIZES: dict[str, Any] = {"vocab_size": 100, "hidden_size": 32, "num_attention_heads": 4}
LENGTHS = (1, 2, 3, 15, 16, 17, 31, 33, 48, 50)
OF_EVERY_LENGTH = (*TEXTS, "", " ", "x", "北京是首都。" * 30, *("word " * count for count in range(1, 300, 13)))


def make_model(**changes: Any) -> Any:
    """Return a small model with random weights, biases included, which a fresh model has at zero."""
    torch.manual_seed(1)
    config = BertConfig(**SIZES, num_hidden_layers=3, intermediate_size=64, max_position_embeddings=50, **changes)
    model: Any = BertModel(config)
    model.eval()
    with torch.no_grad():
        for weights in model.parameters():
            weights.add_(torch.randn_like(weights) * 0.2)
    return model


def make_features(lengths: tuple[int, ...]) -> dict[str, Any]:
    """Return random token ids for texts of these numbers of tokens."""
    ids = torch.randint(1, 100, (len(lengths), max(lengths)))
    mask = (torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]).long()
    return {"input_ids": ids * mask, "attention_mask": mask}


@pytest.fixture(autouse=True)
def no_gradients() -> Iterator[None]:
    with torch.inference_mode():
        yield


@pytest.mark.parametrize("lengths", [LENGTHS, LENGTHS[::-1], (1,), (50,), (16, 16)])
def test_every_token_has_the_vector_that_the_library_gives(lengths: tuple[int, ...]) -> None:
    model, features = make_model(), make_features(lengths)
    wanted = model(**features).last_hidden_state
    found = FlatBert(model)(features)["token_embeddings"]
    assert found.shape == wanted.shape
    for one, other, tokens in zip(found, wanted, lengths, strict=True):
        torch.testing.assert_close(one[:tokens], other[:tokens], rtol=1e-4, atol=1e-4)
        assert not one[tokens:].any()


def test_texts_of_every_length_are_close_to_single_precision(embedder: TransformerEmbedder) -> None:
    from sentence_transformers import SentenceTransformer

    exact = SentenceTransformer(str(embedder.folder), device="cpu").encode(
        list(OF_EVERY_LENGTH), normalize_embeddings=True
    )
    cosines = np.sum(exact * embedder.embed(OF_EVERY_LENGTH), axis=1)
    assert cosines.min() > 0.9995


def test_the_default_model_is_computed_by_flat_bert(embedder: TransformerEmbedder) -> None:
    embedder.warm_up()
    assert isinstance(embedder._steps[0], FlatBert)


def test_other_models_are_left_to_the_library() -> None:
    assert is_flat(make_model())
    assert not is_flat(RobertaModel(RobertaConfig(**SIZES, num_hidden_layers=1)))
    assert not is_flat(make_model(hidden_act="relu"))
    assert not is_flat(make_model(is_decoder=True))


def test_flat_bert_and_the_library_give_the_same_vectors(
    embedder: TransformerEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    vectors = embedder.embed(TEXTS)
    monkeypatch.setattr(embedder, "_steps", list(embedder._transformer))
    assert float((vectors * embedder.embed(TEXTS)).sum(axis=1).min()) > 0.9995


def test_only_few_shapes_are_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    """oneDNN keeps memory for every shape that it computes."""
    seen: set[torch.Size] = set()
    product = torch.bmm

    def watch_linear(states: Tensor, *weights: Tensor) -> Tensor:
        seen.add(states.shape)
        return linear(states, *weights)

    def watch_product(one: Tensor, other: Tensor) -> Tensor:
        seen.add(one.shape)
        return product(one, other)

    monkeypatch.setattr("processing.embedding.bert.linear", watch_linear)
    monkeypatch.setattr(torch, "bmm", watch_product)
    read = FlatBert(make_model())
    for longest in range(1, 51):
        for texts in range(1, BATCH + 1):
            read(make_features((longest,) * texts))
    rows = {shape[0] for shape in seen if len(shape) == 2}
    assert rows == set(range(BATCH_ROWS, BATCH * BATCH_ROWS + 1, BATCH_ROWS))
    assert len(seen) == 2 * len(rows) + 2 * 4


def test_texts_do_not_overlap() -> None:
    spans = lay_out([1, 16, 17, 256])
    assert [(span.start, span.rows, span.tokens) for span in spans] == [
        (0, 16, 1),
        (16, 16, 16),
        (32, 32, 17),
        (64, 256, 256),
    ]
