"""Compares the speed and exactness of archives with stock memvid's: ``python -m benchmarks.archive --help``."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.documents import INTRO, OCTAVE, REFERENCE, find_document
from benchmarks.embedding import compare_embedding
from benchmarks.machine import describe_machine
from benchmarks.ours import count_exact, read_pages, run_document, run_side_by_side
from benchmarks.stock import build_stock, whole_memvid
from processing.embedding import DEFAULT_MODEL, make_embedder
from processing.embedding.models import MINILM
from processing.ports import Embedder

AT_ONCE = 5
RESULTS = Path(__file__).parent / "results"
# The name of a figure, stock memvid's, Socrate's, the target, and whether the target is reached.
Row = tuple[str, str, str, str, bool]


def main() -> None:
    arguments = parse_arguments()
    facts: dict[str, Any] = {"at": datetime.now(UTC).isoformat(), "machine": describe_machine()}
    embedder, minilm = make_embedder(DEFAULT_MODEL), make_embedder(MINILM)
    embedder.warm_up()
    minilm.warm_up()
    intro = find_document(arguments.documents, INTRO)
    facts["beside_stock"] = run_beside_stock(intro, minilm, embedder, arguments.xquad)
    facts["at_once"] = run_at_once(intro, embedder)
    facts["memory"] = run_apart("benchmarks.memory", intro)
    if not arguments.quick:
        for name in (OCTAVE, REFERENCE):
            facts[name] = run_apart("benchmarks.whole", find_document(arguments.documents, name))
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "archive.json").write_text(json.dumps(facts, indent=2))
    print(render_table(list_rows(facts)))


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure archives beside memvid as it is published.")
    parser.add_argument("--documents", type=Path, default=RESULTS / "documents", help="folder with the manuals")
    parser.add_argument("--xquad", type=Path, help="an English XQuAD file, to compare ranks")
    parser.add_argument("--quick", action="store_true", help="without the two large manuals")
    return parser.parse_args()


def run_beside_stock(path: Path, minilm: Embedder, embedder: Embedder, xquad: Path | None) -> dict[str, Any]:
    """Return the figures of stock memvid and of Socrate for the same text, also with its own model, in seconds."""
    pages = read_pages(path)
    with tempfile.TemporaryDirectory() as scratch:
        with whole_memvid():
            stock = build_stock("\n\n".join(page.text for page in pages), Path(scratch))
        stock_size = stock.video.stat().st_size / sum(len(chunk.encode()) for chunk in stock.chunks)
        run = run_document(pages, Path(scratch), minilm)
        exact = count_exact(Path(scratch), run.passages)
        multilingual = run_document(pages, Path(scratch), embedder)
    return {
        "multilingual": multilingual.ready,
        "stock": {
            "passages": len(stock.chunks),
            "frames_exact": stock.frames_exact,
            "seconds": stock.seconds,
            "film_seconds": stock.film_seconds,
            "video_to_text": stock_size,
        },
        "ours": {
            "passages": len(run.passages),
            "frames_exact": exact,
            "seconds": run.ready,
            "film_seconds": run.stages.film_seconds,
            "searchable": run.searchable,
            "stages": dict(run.stages.seconds),
            "video_to_text": run.video_bytes / run.text_bytes,
        },
        "embedding": compare_embedding([passage.text for passage in run.passages], minilm, xquad),
    }


def run_at_once(path: Path, embedder: Embedder) -> dict[str, float]:
    """Return the passages a second of one document alone and of ``AT_ONCE`` documents at the same time.

    ``longest_silence`` is the longest time without progress in seconds.
    """
    with tempfile.TemporaryDirectory() as scratch:
        folders = [Path(scratch) / str(number) for number in range(AT_ONCE + 1)]
        for folder in folders:
            folder.mkdir()
        alone = run_document(path, folders[0], embedder)
        seconds, runs = run_side_by_side(path, folders[1:], embedder)
    return {
        "alone": len(alone.passages) / alone.ready,
        "together": sum(len(run.passages) for run in runs) / seconds,
        "longest_silence": max(run.stages.longest_silence for run in runs),
    }


def run_apart(module: str, path: Path) -> dict[str, Any]:
    """Run the module in its own process, so that its memory can be measured. Return the JSON that it prints."""
    command = [sys.executable, "-m", module, str(path.absolute())]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return dict(json.loads(output.splitlines()[-1]))


def list_rows(facts: dict[str, Any]) -> list[Row]:
    stock, ours, embedding = (facts["beside_stock"][name] for name in ("stock", "ours", "embedding"))
    rows = [
        compare_frames(stock, ours),
        make_ratio("text to archive, all stages", stock["seconds"], ours["seconds"], 7),
        make_ratio("the same, ours multilingual", stock["seconds"], facts["beside_stock"]["multilingual"], 4.5),
        make_ratio("the same without embedding", stock["film_seconds"], ours["film_seconds"], 50),
        make_ratio("text to first question answerable", stock["seconds"], ours["searchable"], 100),
        make_ratio("embedding alone", embedding["stock_seconds"], embedding["our_seconds"], 2.5),
        make_row("least cosine to fp32", "1", f"{embedding['cosine']:.4f}", "≥ 0.99", embedding["cosine"] >= 0.99),
    ]
    if "mrr_ours" in embedding:
        kept = embedding["mrr_ours"] >= embedding["mrr_stock"] - 0.002
        rows.append(
            make_row(
                "MRR@10 by meaning", f"{embedding['mrr_stock']:.3f}", f"{embedding['mrr_ours']:.3f}", "no loss", kept
            )
        )
    size = ours["video_to_text"]
    rows.append(make_row("video ÷ text", f"{stock['video_to_text']:.1f}", f"{size:.1f}", "≤ 7", size <= 7))
    rows.extend(list_large_rows(facts))
    share = facts["at_once"]["together"] / facts["at_once"]["alone"]
    rows.append(make_row("five at once, throughput of one", "", f"{share:.2f}", "≥ 0.9", share >= 0.9))
    rows += [make_growth_row(facts["memory"], archives) for archives in ("50", "150")]
    return rows


def make_growth_row(held: dict[str, int], archives: str) -> Row:
    first, last = held["5"], held[archives]
    megabytes = f"{first / 1024**2:.0f} to {last / 1024**2:.0f} MB"
    return make_row(f"memory after 5 to {archives} archives", "", megabytes, "± 5 %", abs(last / first - 1) <= 0.05)


def compare_frames(stock: dict[str, Any], ours: dict[str, Any]) -> Row:
    theirs, mine = (f"{side['frames_exact']} of {side['passages']}" for side in (stock, ours))
    return make_row("frames that decode", theirs, mine, "all", ours["frames_exact"] == ours["passages"])


def list_large_rows(facts: dict[str, Any]) -> list[Row]:
    rows = []
    for name, searchable, ready in ((OCTAVE, 15, 120), (REFERENCE, 30, 240)):
        if run := facts.get(name):
            gigabytes = run["peak_bytes"] / 1024**3
            title = f"{name} ({run['pages']} pages)"
            rows += [
                make_row(
                    f"{title}: searchable",
                    "",
                    f"{run['searchable']:.1f} s",
                    f"< {searchable} s",
                    run["searchable"] < searchable,
                ),
                make_row(f"{title}: ready", "", f"{run['ready']:.0f} s", f"< {ready} s", run["ready"] < ready),
                make_row(f"{title}: peak memory", "", f"{gigabytes:.2f} GB", "< 1.5 GB", gigabytes < 1.5),
                make_row(
                    f"{title}: longest silence",
                    "",
                    f"{run['longest_silence']:.1f} s",
                    "≤ 5 s",
                    run["longest_silence"] <= 5,
                ),
            ]
    return rows


def make_ratio(what: str, stock: float, ours: float, wanted: float) -> Row:
    ratio = stock / ours
    return make_row(what, f"{stock:.2f} s", f"{ours:.2f} s ({ratio:.1f}×)", f"≥ {wanted:g}×", ratio >= wanted)


def make_row(what: str, stock: str, ours: str, wanted: str, reached: bool) -> Row:
    return what, stock, ours, wanted, reached


def render_table(rows: list[Row]) -> str:
    cells = [("", "stock memvid", "Socrate", "wanted", "")]
    cells += [(what, stock, ours, wanted, "yes" if reached else "NO") for what, stock, ours, wanted, reached in rows]
    widths = [max(len(row[column]) for row in cells) for column in range(5)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in cells)


if __name__ == "__main__":
    main()
