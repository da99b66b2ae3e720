"""Measures search and refusals: ``python -m tests.eval [--languages en ru] [--no-stock] [--llm 100] FOLDER``."""

from __future__ import annotations

import argparse
import contextlib
import io
import json
from pathlib import Path
from typing import Any

from benchmarks.machine import describe_machine
from processing.embedding import make_embedder
from processing.embedding.embedder import TransformerEmbedder
from processing.embedding.models import DEFAULT_MODEL
from processing.llm.client import open_model
from settings import load_settings
from tests.eval.measure import summarise
from tests.eval.model import GIVEN, ask_model, choose_trials
from tests.eval.product import rank_answers
from tests.eval.refusals import draw_curve, measure_refusals, try_refusals
from tests.eval.stock import rank_stock
from tests.eval.xquad import Reading, read_xquad

RESULTS = Path("benchmarks/results/eval.json")
Row = dict[str, float]


def main() -> None:
    arguments = read_arguments()
    embedder = make_embedder(DEFAULT_MODEL)
    report: dict[str, dict[str, Any]] = {}
    print(f"{'':10}{'passages':>9}{'recall@1':>10}{'recall@3':>10}{'recall@5':>10}{'MRR@10':>9}")
    for path in list_files(arguments.folder, arguments.languages):
        rows = measure_language(read_xquad(path), embedder, stock=not arguments.no_stock)
        report[path.stem] = rows
        for name, row in rows.items():
            figures = "".join(f"{row[key]:{width}.3f}" for key, width in list_columns())
            print(f"{path.stem} {name:7}{row['passages']:9.0f}{figures}", flush=True)
    for path in list_files(arguments.folder, arguments.languages):
        trials = try_refusals(read_xquad(path), embedder)
        chosen, curve = measure_refusals(trials), draw_curve(trials)
        report[path.stem]["refusals"] = {"chosen": chosen, "curve": curve}
        print_refusals(path.stem, chosen, curve)
        if arguments.llm:
            report[path.stem]["model"] = measure_model(read_xquad(path), embedder, arguments.llm)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"machine": describe_machine(), "languages": report}, indent=1)
    arguments.out.write_text(text + "\n", encoding="utf-8")


def measure_model(reading: Reading, embedder: TransformerEmbedder, limit: int) -> dict[str, Any]:
    """Put ``limit`` questions to the model that the settings name; print how they end, and return it."""
    settings = load_settings(None)
    model = open_model(settings)
    if model is None:
        raise SystemExit(
            "--llm needs OPENAI_API_KEY, and for servers other than OpenAI's also OPENAI_BASE_URL and OPENAI_MODEL"
        )
    row = ask_model(model, choose_trials(try_refusals(reading, embedder, GIVEN), limit)).summarise()
    print(f"{reading.language} {settings.openai_model}, {limit} questions: {render_outcome(row)}", flush=True)
    return {"name": settings.openai_model, "questions": limit, **row}


def render_outcome(row: Row) -> str:
    return (
        f"refused {row['refused removed']:.1%} rightly, {row['refused kept']:.1%} wrongly; "
        f"without a verified citation {row['ungrounded kept']:.1%} of the answerable; "
        f"{row['failed']:.0f} failed; tokens {row['tokens in']:.0f} in, {row['tokens out']:.0f} out"
    )


def print_refusals(language: str, chosen: Row, curve: list[Row]) -> None:
    """Print the shares of questions refused whose paragraph was removed (rightly) and kept (wrongly)."""
    print(f"\n{language} refused, half of the paragraphs removed: {render_point(chosen)}")
    for point in curve:
        print(f"   evidence under {point['least']:.2f}: {render_point(point)}", flush=True)


def render_point(point: Row) -> str:
    return f"{point['refused']:6.1%} rightly, {point['wrongly']:6.1%} wrongly"


def list_columns() -> list[tuple[str, int]]:
    return [("recall@1", 10), ("recall@3", 10), ("recall@5", 10), ("mrr@10", 9)]


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.eval", description=__doc__)
    parser.add_argument("folder", type=Path, help="folder with files in the XQuAD format, each named by its language")
    parser.add_argument("--languages", nargs="*", help="only these")
    parser.add_argument("--no-stock", action="store_true", help="without memvid's own retrieval, which takes long")
    parser.add_argument("--llm", type=int, default=0, metavar="N", help="also put N questions to the model of OPENAI_*")
    parser.add_argument("--out", type=Path, default=RESULTS)
    return parser.parse_args()


def list_files(folder: Path, languages: list[str] | None) -> list[Path]:
    files = [path for path in sorted(folder.glob("*.json")) if not languages or path.stem in languages]
    if not files:
        raise SystemExit(f"There is no such file in {folder}.")
    return files


def measure_language(reading: Reading, embedder: TransformerEmbedder, *, stock: bool) -> dict[str, Row]:
    """Figures of the product and, with ``stock``, of memvid's own retrieval."""
    rankings = {"product": rank_answers(reading, embedder)}
    if stock:
        with contextlib.redirect_stdout(io.StringIO()):
            rankings["stock"] = rank_stock(reading, embedder.folder)
    return {name: {"passages": float(count), **summarise(ranks)} for name, (count, ranks) in rankings.items()}


if __name__ == "__main__":
    main()
