"""BERT that computes all texts of a batch one after the other in one array, so that little is computed for padding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import gelu, layer_norm, linear

# Each token is a row. Every text begins at a multiple of TEXT_ROWS, and a batch has a multiple of BATCH_ROWS rows. This
# keeps the number of shapes small, because oneDNN keeps memory for each: a worker would use more memory for hours.
TEXT_ROWS = 16
BATCH_ROWS = 64

Weights = tuple[Tensor, Tensor]


@dataclass(frozen=True, slots=True)
class Layer:
    """Weight and bias of the steps of one layer.

    ``mix`` gives queries (already scaled), keys and values in one product; ``gather`` is the output of attention;
    ``widen`` and ``narrow`` are the two products of the feed-forward part; the norms follow ``gather`` and ``narrow``.
    """

    mix: Weights
    gather: Weights
    gather_norm: Weights
    widen: Weights
    narrow: Weights
    narrow_norm: Weights


@dataclass(frozen=True, slots=True)
class Span:
    """The rows of one text in its batch, and how many of them are tokens."""

    start: int
    rows: int
    tokens: int


class FlatBert:
    """Replaces the first module of a SentenceTransformer, for a model that ``is_flat``."""

    def __init__(self, model: Any) -> None:
        """Take over the weights of transformers' ``BertModel`` without a copy, and their data type."""
        parts = model.embeddings
        self._heads, self._epsilon = model.config.num_attention_heads, model.config.layer_norm_eps
        self._words = parts.word_embeddings.weight.detach()
        # Every text is one segment, so only the first token type is used.
        self._positions = (parts.position_embeddings.weight + parts.token_type_embeddings.weight[0]).detach()
        self._norm = take_weights(parts.LayerNorm)
        self._layers = [take_layer(layer) for layer in model.encoder.layer]

    def __call__(self, features: dict[str, Any]) -> dict[str, Any]:
        """Return ``features`` with ``token_embeddings``: shape (texts, longest, width), zeros behind a text's tokens.

        ``input_ids`` and ``attention_mask`` are of shape (texts, longest), padded at the end.
        """
        ids, lengths = features["input_ids"], features["attention_mask"].sum(1).tolist()
        spans = lay_out(lengths)
        states = self._read(ids, spans)
        padded = states.new_zeros(*ids.shape, states.shape[1])
        for text, span in zip(padded, spans, strict=True):
            text[: span.tokens] = states[span.start : span.start + span.tokens]
        return features | {"token_embeddings": padded}

    def _read(self, ids: Tensor, spans: Sequence[Span]) -> Tensor:
        """Return the last hidden states: shape (rows of the batch, width)."""
        rows = round_up(spans[-1].start + spans[-1].rows, BATCH_ROWS)
        words, positions = torch.zeros(2, rows, dtype=torch.long)
        for text, span in zip(ids, spans, strict=True):
            words[span.start : span.start + span.tokens] = text[: span.tokens]
            positions[span.start : span.start + span.tokens] = torch.arange(span.tokens)
        states = self._normalize(self._words[words] + self._positions[positions], self._norm)
        for layer in self._layers:
            gathered = linear(self._attend(linear(states, *layer.mix), spans), *layer.gather)
            states = self._normalize(gathered.add_(states), layer.gather_norm)
            narrowed = linear(gelu(linear(states, *layer.widen)), *layer.narrow)
            states = self._normalize(narrowed.add_(states), layer.narrow_norm)
        return states

    def _attend(self, mixed: Tensor, spans: Sequence[Span]) -> Tensor:
        """Return the attention of shape (rows, width), from queries, keys and values of shape (rows, 3 * width).

        It is computed for one text at a time, so that the data stay in the processor's cache.
        """
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
    """Return whether ``model`` is BERT as it was first published. ``FlatBert`` does not compute its many variants."""
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
    """Return the rows of each text in its batch, from the numbers of tokens of the texts."""
    spans, start = [], 0
    for tokens in lengths:
        spans.append(Span(start, round_up(tokens, TEXT_ROWS), tokens))
        start += spans[-1].rows
    return spans


def round_up(number: int, step: int) -> int:
    return -(-number // step) * step
