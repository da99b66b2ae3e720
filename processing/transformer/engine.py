"""Computes encoders with CTranslate2."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from errors import EmbeddingsUnavailable
from processing.transformer.imports import without
from processing.transformer.memory import give_memory_back
from processing.transformer.weights import EncoderWeights, Layer, Table, Weights, quantise

# CTranslate2 imports PyTorch wherever it is installed, which takes seconds and 200 MB, and uses it for nothing here.
with without("torch"):
    import ctranslate2
    from ctranslate2.specs import common_spec, transformer_spec

SPECIAL = ["<s>", "<pad>", "</s>", "<unk>"]
States = NDArray[np.float32]


class Encoder:
    """An encoder of this process, shared by its threads; so many texts are computed at the same time as it has cores.

    Each text is computed by one core: several cores on one text would wait for each other at every step. Making it
    raises ``EmbeddingsUnavailable`` if the system's folder for temporary files has no 120 MB left for a moment.
    ``read`` returns the weights, which are not kept.
    """

    def __init__(self, read: Callable[[], EncoderWeights]) -> None:
        # CTranslate2 writes a model only into a folder. It is read once, and making it takes less than a second.
        try:
            with tempfile.TemporaryDirectory(prefix="socrate-model-") as folder:
                make_spec(read()).save(folder)
                give_memory_back()
                self._encoder = ctranslate2.Encoder(
                    folder, device="cpu", compute_type="int8", inter_threads=count_cores(), intra_threads=1
                )
        except (OSError, RuntimeError) as error:
            raise EmbeddingsUnavailable from error
        give_memory_back()

    def encode(self, ids: Sequence[Sequence[int]], types: Sequence[Sequence[int]]) -> States:
        """Return the last states: shape (texts, longest text, width). Behind the end of a text they mean nothing."""
        output = self._encoder.forward_batch([list(each) for each in ids], token_type_ids=[list(t) for t in types])
        return np.array(output.last_hidden_state)


def count_cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def make_spec(weights: EncoderWeights) -> transformer_spec.TransformerEncoderModelSpec:
    """Return CTranslate2's description of the encoder, with the large matrices in 8-bit integers."""
    spec = transformer_spec.TransformerEncoderModelSpec(
        transformer_spec.TransformerEncoderSpec(
            len(weights.layers),
            weights.heads,
            pre_norm=False,
            activation=common_spec.Activation.GELU,
            layernorm_embedding=True,
            num_source_embeddings=2,
            embeddings_merge=common_spec.EmbeddingsMerge.ADD,
        )
    )
    encoder = spec.encoder
    set_table(encoder.embeddings[0], weights.words)
    encoder.embeddings[1].weight = weights.types
    encoder.position_encodings.encodings = weights.positions
    encoder.scale_embeddings = False
    set_norm(encoder.layernorm_embedding, weights.norm)
    for target, layer in zip(encoder.layer, weights.layers, strict=True):
        set_layer(target, layer)
    spec.config.unk_token, spec.config.layer_norm_epsilon = SPECIAL[3], weights.epsilon
    spec.register_vocabulary([""] * len(weights.words.numbers))
    spec.validate()
    # The model is only given ids. Without its words it takes 40 MB less.
    spec.register_vocabulary(SPECIAL)
    return spec


def set_layer(target: transformer_spec.TransformerEncoderLayerSpec, layer: Layer) -> None:
    attention, forward = target.self_attention, target.ffn
    set_linear(attention.linear[0], layer.mix)
    set_linear(attention.linear[1], layer.gather)
    set_norm(attention.layer_norm, layer.gather_norm)
    set_linear(forward.linear_0, layer.widen)
    set_linear(forward.linear_1, layer.narrow)
    set_norm(forward.layer_norm, layer.narrow_norm)


def set_table(target: common_spec.EmbeddingsSpec | common_spec.LinearSpec, table: Table) -> None:
    target.weight, target.weight_scale = table.numbers, table.scales


def set_linear(target: common_spec.LinearSpec, weights: Weights) -> None:
    set_table(target, Table(*quantise(weights[0])))
    target.bias = weights[1]


def set_norm(target: common_spec.LayerNormSpec, weights: Weights) -> None:
    target.gamma, target.beta = weights
