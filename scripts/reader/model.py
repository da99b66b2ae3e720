"""The reader as a module of PyTorch, with the weights of the product to begin with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from processing.cross_encoder.weights import read_heads, read_layers
from processing.transformer.weights import EncoderWeights, Weights
from scripts.reader.groups import Group

WIDTH, HEADS, POSITIONS = 384, 12, 512
BEGIN, END = 0, 2
DROPOUT = 0.1


class Layer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.qkv, self.o = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.fi, self.fo = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)
        self.n1, self.n2 = nn.LayerNorm(WIDTH, eps=1e-12), nn.LayerNorm(WIDTH, eps=1e-12)

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        texts, length, _ = states.shape
        parts = self.qkv(states).view(texts, length, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
        seen = functional.scaled_dot_product_attention(parts[0], parts[1], parts[2], attn_mask=mask)
        gathered = self.o(seen.transpose(1, 2).reshape(texts, length, WIDTH))
        states = self.n1(states + functional.dropout(gathered, DROPOUT, self.training))
        inner = self.fo(functional.gelu(self.fi(states)))
        return torch.as_tensor(self.n2(states + functional.dropout(inner, DROPOUT, self.training)))


class Reader(nn.Module):
    """Names of parameters are those of the stored weights. The table of the vocabulary is not trained."""

    def __init__(self) -> None:
        super().__init__()
        encoder, heads = read_layers(), read_heads()
        table = encoder.words
        words = table.numbers.astype(np.float32) / table.scales[:, None]
        self.words = nn.Embedding(words.shape[0], words.shape[1], _weight=torch.from_numpy(words))
        self.pos, self.typ = nn.Embedding(POSITIONS, WIDTH), nn.Embedding(2, WIDTH)
        self.norm = nn.LayerNorm(WIDTH, eps=1e-12)
        self.layers = nn.ModuleList(Layer() for _ in encoder.layers)
        self.rel = nn.Sequential(nn.Linear(2 * WIDTH, WIDTH), nn.Tanh(), nn.Linear(WIDTH, 1))
        self.span = nn.Linear(WIDTH, 2)
        for module, weights in ((self.rel[0], heads.hidden), (self.rel[2], heads.relevance), (self.span, heads.span)):
            fill(module, weights)
        self._fill(encoder)

    def _fill(self, encoder: EncoderWeights) -> None:
        self.pos.weight.data, self.typ.weight.data = map(torch.tensor, (encoder.positions, encoder.types))
        fill(self.norm, encoder.norm)
        for layer, own in zip(self.layers, encoder.layers, strict=True):
            steps = (own.mix, own.gather, own.gather_norm, own.widen, own.narrow, own.narrow_norm)
            for name, weights in zip(("qkv", "o", "n1", "fi", "fo", "n2"), steps, strict=True):
                fill(layer.get_submodule(name), weights)

    def forward(self, ids: Tensor, types: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Return the relevance of each text, shape (texts,), and two numbers for each token, (texts, tokens, 2)."""
        places = torch.arange(ids.shape[1], device=ids.device)
        states = self.norm(self.words(ids) + self.pos(places) + self.typ(types))
        for layer in self.layers:
            states = layer(states, mask[:, None, None, :])
        passage = (mask & (types == 1)).unsqueeze(-1)
        mean = (states * passage).sum(1) / passage.sum(1).clamp(min=1)
        return self.rel(torch.cat([states[:, 0], mean], -1)).squeeze(-1), self.span(states)

    def train_only(self, layers: int) -> None:
        """Leave everything as it is but the last ``layers`` and the heads."""
        self.requires_grad_(False)
        for module in (*self.layers[len(self.layers) - layers :], self.rel, self.span):
            module.requires_grad_(True)

    def list_weights(self) -> dict[str, Tensor]:
        """Return what is stored, by name."""
        return {
            name: weight.half().contiguous()
            for name, weight in self.state_dict().items()
            if not name.startswith("words.")
        }


def fill(module: nn.Module, weights: Weights) -> None:
    module.load_state_dict({"weight": torch.tensor(weights[0]), "bias": torch.tensor(weights[1])})


def pad(group: Group, length: int) -> tuple[Tensor, Tensor, Tensor]:
    """Return ids, types and mask of the group's texts, each of the shape (passages, length)."""
    ids = torch.zeros(len(group.cuts), length, dtype=torch.long)
    types, mask = torch.zeros_like(ids), torch.zeros_like(ids, dtype=torch.bool)
    for row, cut in enumerate(group.cuts):
        text = [BEGIN, *group.question, END, *cut.ids, END][:length]
        ids[row, : len(text)] = torch.tensor(text)
        types[row, len(group.question) + 2 : len(text)] = 1
        mask[row, : len(text)] = True
    return ids, types, mask


def measure_length(groups: Sequence[Group]) -> int:
    """Return the length of the longest text, a multiple of eight."""
    longest = max(len(group.question) + len(cut.ids) + 3 for group in groups for cut in group.cuts)
    return min(POSITIONS, -(-longest // 8) * 8)
