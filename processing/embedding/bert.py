"""A model of sentence-transformers that is BERT as it was first published, such as all-MiniLM-L6-v2."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from errors import SettingsInvalid
from processing.embedding.encoder_embedder import EncoderEmbedder
from processing.embedding.models import describe_model, read_json
from processing.transformer.engine import Encoder
from processing.transformer.weights import EncoderWeights, Layer, Table, Weights, quantise

Arrays = Mapping[str, NDArray[np.float32]]
WEIGHTS, TOKENIZER, CONFIG = "model.safetensors", "tokenizer.json", "config.json"


class BertEmbedder(EncoderEmbedder):
    """Computed by CTranslate2. It needs the packages in requirements-minilm.txt."""

    def __init__(self, model: str, folder: Path) -> None:
        super().__init__()
        described = describe_model(model, folder)
        self.model, self.folder = model, folder
        self.dimension, self.max_tokens = described.dimension, described.max_tokens

    def make_encoder(self) -> Encoder:
        try:
            return Encoder(lambda: read_bert(load_file(self.folder / WEIGHTS), read_json(self.folder / CONFIG)))
        except (OSError, ValueError, KeyError) as error:
            raise SettingsInvalid(problems=[f"EMBEDDING_MODEL: {self.model} cannot be loaded."]) from error

    def list_ids(self, text: str, most: int) -> list[int]:
        ids = self._tokenizer.encode(text).ids
        return ids if most < 0 or len(ids) <= most else [*ids[: most - 1], ids[-1]]

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        tokenizer = Tokenizer.from_file(str(self.folder / TOKENIZER))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer


def is_bert(folder: Path) -> bool:
    """Return whether the folder holds such a model whose vectors are the mean of the last states, scaled to norm 1."""
    try:
        config, modules = read_json(folder / CONFIG), read_json(folder / "modules.json")
        pooling = read_json(folder / modules[1]["path"] / CONFIG)
    except (OSError, ValueError, KeyError, IndexError):
        return False
    kinds = [module["type"].rpartition(".")[2] for module in modules]
    means = pooling.get("pooling_mode_mean_tokens") or pooling.get("pooling_mode") == "mean"
    plain = config.get("model_type") == "bert" and config.get("hidden_act") == "gelu"
    there = (folder / WEIGHTS).is_file() and (folder / TOKENIZER).is_file()
    usual = kinds[:2] == ["Transformer", "Pooling"] and kinds[2:] in ([], ["Normalize"])
    return bool(plain and there and means and usual)


def read_bert(arrays: Arrays, config: Mapping[str, Any]) -> EncoderWeights:
    embeddings = "embeddings."
    return EncoderWeights(
        heads=int(config["num_attention_heads"]),
        epsilon=float(config["layer_norm_eps"]),
        words=Table(*quantise(arrays[f"{embeddings}word_embeddings.weight"])),
        positions=arrays[f"{embeddings}position_embeddings.weight"],
        types=arrays[f"{embeddings}token_type_embeddings.weight"],
        norm=get_weights(arrays, f"{embeddings}LayerNorm"),
        layers=[read_layer(arrays, f"encoder.layer.{number}.") for number in range(int(config["num_hidden_layers"]))],
    )


def read_layer(arrays: Arrays, prefix: str) -> Layer:
    attention = f"{prefix}attention."
    parts = [get_weights(arrays, f"{attention}self.{name}") for name in ("query", "key", "value")]
    return Layer(
        mix=(np.concatenate([weight for weight, _ in parts]), np.concatenate([bias for _, bias in parts])),
        gather=get_weights(arrays, f"{attention}output.dense"),
        gather_norm=get_weights(arrays, f"{attention}output.LayerNorm"),
        widen=get_weights(arrays, f"{prefix}intermediate.dense"),
        narrow=get_weights(arrays, f"{prefix}output.dense"),
        narrow_norm=get_weights(arrays, f"{prefix}output.LayerNorm"),
    )


def get_weights(arrays: Arrays, name: str) -> Weights:
    return np.asarray(arrays[f"{name}.weight"], np.float32), np.asarray(arrays[f"{name}.bias"], np.float32)
