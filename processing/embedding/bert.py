"""BERT's layers over texts laid end to end, so that nothing is computed for padding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import gelu, layer_norm, linear

# A text begins at a multiple of this many rows, and a batch has a multiple of that many. oneDNN keeps memory for
# every shape it met: over every length there is, a worker would grow for hours.
TEXT_ROWS = 16
BATCH_ROWS = 64

Weights = tuple[Tensor, Tensor]


@dataclass(frozen=True, slots=True)
class Layer:
    """Weight and bias of each step; ``mix`` gives queries, keys and values at once, the queries scaled already."""

    mix: Weights
    gather: Weights
    gather_norm: Weights
    widen: Weights
    narrow: Weights
    narrow_norm: Weights


@dataclass(frozen=True, slots=True)
class Span:
    """Where one text stands among the rows of its batch, and how many of its rows are tokens."""

    start: int
    rows: int
    tokens: int


class FlatBert:
    """Does what the first module of a SentenceTransformer does, for a model that ``is_flat``."""

    def __init__(self, model: Any) -> None:
        """Share the weights of transformers' ``BertModel``, and compute in their kind of number."""
        parts = model.embeddings
        self._heads, self._epsilon = model.config.num_attention_heads, model.config.layer_norm_eps
        self._words = parts.word_embeddings.weight.detach()
        # All our texts are of the first type.
        self._places = (parts.position_embeddings.weight + parts.token_type_embeddings.weight[0]).detach()
        self._norm = take_weights(parts.LayerNorm)
        self._layers = [take_layer(layer) for layer in model.encoder.layer]

    def __call__(self, features: dict[str, Any]) -> dict[str, Any]:
        """Add ``token_embeddings``, of shape (texts, longest, width); zeros where a text has no token.

        ``input_ids`` and ``attention_mask`` are of shape (texts, longest), padded behind the tokens.
        """
        ids, lengths = features["input_ids"], features["attention_mask"].sum(1).tolist()
        spans = lay_out(lengths)
        states = self._read(ids, spans)
        padded = states.new_zeros(*ids.shape, states.shape[1])
        for text, span in zip(padded, spans, strict=True):
            text[: span.tokens] = states[span.start : span.start + span.tokens]
        return features | {"token_embeddings": padded}

    def _read(self, ids: Tensor, spans: Sequence[Span]) -> Tensor:
        """Shape (rows of the batch, width)."""
        rows = round_up(spans[-1].start + spans[-1].rows, BATCH_ROWS)
        words, places = torch.zeros(2, rows, dtype=torch.long)
        for text, span in zip(ids, spans, strict=True):
            words[span.start : span.start + span.tokens] = text[: span.tokens]
            places[span.start : span.start + span.tokens] = torch.arange(span.tokens)
        states = self._normalize(self._words[words] + self._places[places], self._norm)
        for layer in self._layers:
            gathered = linear(self._attend(linear(states, *layer.mix), spans), *layer.gather)
            states = self._normalize(gathered.add_(states), layer.gather_norm)
            narrowed = linear(gelu(linear(states, *layer.widen)), *layer.narrow)
            states = self._normalize(narrowed.add_(states), layer.narrow_norm)
        return states

    def _attend(self, mixed: Tensor, spans: Sequence[Span]) -> Tensor:
        """Shape (rows, width) from (rows, 3 * width); of one text at a time, which stays in the processor's cache."""
        width = mixed.shape[1] // 3
        attended = mixed.new_zeros(len(mixed), width)
        for span in spans:
            here = slice(span.start, span.start + span.rows)
            parts = mixed[here].view(span.rows, 3, self._heads, width // self._heads)
            queries, keys, values = parts.permute(1, 2, 0, 3).contiguous()
            scores = torch.bmm(queries, keys.transpose(1, 2))
            scores[:, :, span.tokens :] = -torch.inf
            found = torch.bmm(scores.softmax(-1), values)
            attended[here].view(span.rows, self._heads, width // self._heads).copy_(found.transpose(0, 1))
        return attended

    def _normalize(self, states: Tensor, weights: Weights) -> Tensor:
        return layer_norm(states, states.shape[1:], *weights, self._epsilon)


def is_flat(model: Any) -> bool:
    """Whether ``model`` is BERT as first published; of its many relatives each does something else."""
    config = model.config
    plain = type(model).__name__ == "BertModel" and config.hidden_act == "gelu"
    return plain and not getattr(config, "is_decoder", False)


def take_layer(layer: Any) -> Layer:
    own, out = layer.attention.self, layer.attention.output
    scale = own.attention_head_size**-0.5
    weight = torch.cat([own.query.weight * scale, own.key.weight, own.value.weight])
    bias = torch.cat([own.query.bias * scale, own.key.bias, own.value.bias])
    return Layer(
        mix=(weight.detach(), bias.detach()),
        gather=take_weights(out.dense),
        gather_norm=take_weights(out.LayerNorm),
        widen=take_weights(layer.intermediate.dense),
        narrow=take_weights(layer.output.dense),
        narrow_norm=take_weights(layer.output.LayerNorm),
    )


def take_weights(module: Any) -> Weights:
    return module.weight.detach(), module.bias.detach()


def lay_out(lengths: Sequence[int]) -> list[Span]:
    """Texts of so many tokens, one behind the other."""
    spans, start = [], 0
    for tokens in lengths:
        spans.append(Span(start, round_up(tokens, TEXT_ROWS), tokens))
        start += spans[-1].rows
    return spans


def round_up(number: int, step: int) -> int:
    return -(-number // step) * step
