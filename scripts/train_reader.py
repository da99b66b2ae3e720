"""Trains the reader further: ``python -m scripts.train_reader --out FILE DOCUMENTS…``.

DOCUMENTS are files like ``benchmarks/questions/documents.jsonl``; ``--measure`` names those that are kept apart. It
begins with the weights of the product, on a GPU if there is one. ``python -m scripts.reader.pack FILE`` makes the file
that the product loads. What is measured on documents that were trained on means nothing.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional

from scripts.reader.groups import Group, make_groups, read_documents, weigh
from scripts.reader.model import Reader, measure_length, pad

SEED = 1
WARM_UP_STEPS = 40
# The rate of the heads, as a multiple of the layers' rate.
HEADS_RATE = 3
RIGHT_WEIGHT = 2.0
WRONGLY = 0.08
ALL = 1000


def main() -> None:
    arguments = read_arguments()
    torch.manual_seed(SEED)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    groups = make_groups(read_documents(arguments.documents))
    groups = [replace(group, weight=weight) for group, weight in zip(groups, weigh(groups), strict=True)]
    kept = make_groups(read_documents(arguments.measure), ALL)
    reader = Reader().to(device)
    reader.train_only(arguments.layers)
    show("before", reader, kept, device)
    train(reader, groups, arguments, device)
    show("after", reader, kept, device)
    save_file({name: weight.cpu() for name, weight in reader.list_weights().items()}, arguments.out)


def train(reader: Reader, groups: Sequence[Group], arguments: argparse.Namespace, device: str) -> None:
    layers = [weight for weight in reader.layers.parameters() if weight.requires_grad]
    heads = [*reader.rel.parameters(), *reader.span.parameters()]
    rates = [arguments.rate, HEADS_RATE * arguments.rate]
    parts = [{"params": weights, "lr": rate} for weights, rate in zip((layers, heads), rates, strict=True)]
    optimizer = torch.optim.AdamW(parts, betas=(0.9, 0.98), weight_decay=0.01)
    total, dice, began = int(arguments.epochs * len(groups) / arguments.batch), random.Random(SEED), time.monotonic()
    reader.train()
    for step in range(total):
        pace = min(1.0, (step + 1) / WARM_UP_STEPS) * (1 - step / total)
        for part, rate in zip(optimizer.param_groups, rates, strict=True):
            part["lr"] = rate * pace
        optimizer.zero_grad()
        losses = [learn(reader, group, device) / arguments.batch for group in dice.sample(groups, arguments.batch)]
        torch.nn.utils.clip_grad_norm_([*layers, *heads], 1.0)
        optimizer.step()
        if step % 50 == 0:
            print(f"{step} of {total}, loss {sum(losses):.3f}, {time.monotonic() - began:.0f} s", flush=True)
        if arguments.seconds and time.monotonic() - began > arguments.seconds:
            return


def learn(reader: Reader, group: Group, device: str) -> float:
    """Add the gradients of one group, and return its loss."""
    relevance, spans = run(reader, group, device)
    loss = measure_loss(group, relevance, spans)
    torch.autograd.backward(loss)
    return float(loss.detach())


def run(reader: Reader, group: Group, device: str) -> tuple[Tensor, Tensor]:
    ids, types, mask = (part.to(device) for part in pad(group, measure_length([group])))
    with torch.autocast(device, torch.bfloat16):
        relevance, spans = reader(ids, types, mask)
    return relevance.float(), spans.float()


def measure_loss(group: Group, relevance: Tensor, spans: Tensor) -> Tensor:
    """Whether each passage answers; which one of the group does; which of its sentences does."""
    target = torch.zeros_like(relevance)
    target[0] = float(group.answerable)
    weight = torch.where(target > 0, RIGHT_WEIGHT, 1.0)
    loss = group.weight * functional.binary_cross_entropy_with_logits(relevance, target, weight)
    if not group.answerable:
        return loss
    loss = loss + functional.cross_entropy(relevance[None], target.new_zeros(1, dtype=torch.long))
    if group.sentence < 0 or len(group.cuts[0].sentences) < 2:
        return loss
    scores = score_sentences(group, spans)
    return loss + functional.cross_entropy(scores[None], torch.tensor([group.sentence], device=scores.device))


def score_sentences(group: Group, spans: Tensor) -> Tensor:
    """Return for each sentence of the first passage how well an answer begins and ends in it."""
    own = spans[0, len(group.question) + 2 :]
    ends = group.cuts[0].ends
    parts = [own[start:end] for start, end in zip([0, *ends[:-1]], ends, strict=True)]
    return torch.stack([part.max(dim=0).values.sum() for part in parts])


def show(name: str, reader: Reader, groups: Sequence[Group], device: str) -> None:
    """Print the share of right passages and sentences, and how well the relevance tells answers from none."""
    if not groups:
        return
    reader.eval()
    with torch.no_grad():
        results = [run(reader, group, device) for group in groups]
    answered = [(group, *result) for group, result in zip(groups, results, strict=True) if group.answerable]
    for across in (False, True):
        ranks = np.array([int((r > r[0]).sum()) for group, r, _ in answered if group.across == across])
        print(
            f"{name}: {'across' if across else 'same'} first {(ranks == 0).mean():.3f}, three {(ranks < 3).mean():.3f}"
        )
    right = [int(score_sentences(g, s).argmax()) == g.sentence for g, _, s in answered if g.sentence >= 0]
    best = np.array([float(relevance.max()) for relevance, _ in results])
    there = np.array([group.answerable for group in groups])
    auc = float((best[there][:, None] > best[~there]).mean())
    refused = float((best[~there] < np.quantile(best[there], WRONGLY)).mean())
    print(f"{name}: sentence {np.mean(right):.3f}, AUC {auc:.3f}, absent refused {refused:.3f}", flush=True)


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m scripts.train_reader", description=__doc__)
    parser.add_argument("documents", type=Path, nargs="+")
    parser.add_argument("--measure", type=Path, nargs="*", default=[])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--layers", type=int, default=12, help="the number of layers that are trained, from the last")
    parser.add_argument("--epochs", type=float, default=2)
    parser.add_argument("--seconds", type=float, default=0, help="end after this time")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rate", type=float, default=3e-5)
    return parser.parse_args()


if __name__ == "__main__":
    main()
