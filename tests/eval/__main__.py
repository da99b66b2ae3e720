"""Measures search and refusals: ``python -m tests.eval [--languages en ru] [--no-stock] [--llm 100] FOLDER``."""

from __future__ import annotations

import argparse
import contextlib
import io
import json
from pathlib import Path
from typing import Any

from benchmarks.machine import describe_machine
from benchmarks.stock import whole_memvid
from processing.cross_encoder import E5CrossEncoder
from processing.embedding import DEFAULT_MODEL, make_embedder
from processing.embedding.models import MINILM, find_model
from processing.llm.client import open_model
from settings import load_settings
from tests.eval.asked import ask_all, summarise
from tests.eval.measure import summarise as summarise_ranks
from tests.eval.model import GIVEN, ask_model, choose_trials
from tests.eval.product import Product, rank_answers
from tests.eval.refusals import draw_curve, measure_refusals, try_refusals
from tests.eval.stock import rank_stock
from tests.eval.xquad import Reading, read_xquad

RESULTS = Path("benchmarks/results/eval.json")
QUESTIONS = Path("benchmarks/questions/documents.jsonl")
Row = dict[str, float]


def main() -> None:
    arguments = read_arguments()
    product = Product(make_embedder(DEFAULT_MODEL), E5CrossEncoder())
    report: dict[str, dict[str, Any]] = {}
    for path in [QUESTIONS, *arguments.questions]:
        report[str(path)] = {"asked": measure_asked(path, product)}
    print(f"{'':12}{'passages':>9}{'recall@1':>10}{'recall@3':>10}{'recall@5':>10}{'MRR@10':>9}")
    for path in list_files(arguments.folder, arguments.languages):
        rows = measure_language(read_xquad(path), product, stock=not arguments.no_stock)
        report[path.stem] = rows
        for name, row in rows.items():
            figures = "".join(f"{row[key]:{width}.3f}" for key, width in list_columns())
            print(f"{path.stem} {name:9}{row['passages']:9.0f}{figures}", flush=True)
    for path in list_files(arguments.folder, arguments.languages):
        trials = try_refusals(read_xquad(path), product)
        chosen, curve = measure_refusals(trials), draw_curve(trials)
        report[path.stem]["refusals"] = {"chosen": chosen, "curve": curve}
        print_refusals(path.stem, chosen, curve)
        if arguments.llm:
            report[path.stem]["model"] = measure_model(read_xquad(path), product, arguments.llm)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"machine": describe_machine(), "languages": report}, indent=1)
    arguments.out.write_text(text + "\n", encoding="utf-8")


def measure_asked(path: Path, product: Product) -> dict[str, Row]:
    """Print and return how questions as people ask them are answered: by the product, without its reader, by words."""
    ways = {
        "product": product,
        "without the reader": Product(product.embedder),
        "by words": Product(product.embedder, by_words=True),
    }
    rows = {name: summarise(ask_all(path, way)) for name, way in ways.items()}
    print(path)
    for figure in [name for name in rows["product"] if not name.endswith((" from", " to"))]:
        values = "".join(
            f"{name} {row[figure]:.3f} ({row[f'{figure} from']:.3f} to {row[f'{figure} to']:.3f})   "
            for name, row in rows.items()
        )
        print(f"   {figure:22}{values}", flush=True)
    return rows


def measure_model(reading: Reading, product: Product, limit: int) -> dict[str, Any]:
    """Put ``limit`` questions to the model that the settings name; print how they end, and return it."""
    settings = load_settings(None)
    model = open_model(settings)
    if model is None:
        raise SystemExit(
            "--llm needs OPENAI_API_KEY, and for servers other than OpenAI's also OPENAI_BASE_URL and OPENAI_MODEL"
        )
    row = ask_model(model, choose_trials(try_refusals(reading, product, GIVEN), limit)).summarise()
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
        print(f"   relevance under {point['least']:.2f}: {render_point(point)}", flush=True)


def render_point(point: Row) -> str:
    return f"{point['refused']:6.1%} rightly, {point['wrongly']:6.1%} wrongly"


def list_columns() -> list[tuple[str, int]]:
    return [("recall@1", 10), ("recall@3", 10), ("recall@5", 10), ("mrr@10", 9)]


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.eval", description=__doc__)
    parser.add_argument("folder", type=Path, help="folder with files in the XQuAD format, each named by its language")
    parser.add_argument("--questions", nargs="*", type=Path, default=[], help="more files like benchmarks/questions")
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


def measure_language(reading: Reading, product: Product, *, stock: bool) -> dict[str, Row]:
    """Figures of the product, of a search by words alone and, with ``stock``, of memvid's own retrieval."""
    rankings = {
        "product": rank_answers(reading, product),
        "by words": rank_answers(reading, Product(product.embedder, by_words=True)),
    }
    if stock:
        with contextlib.redirect_stdout(io.StringIO()), whole_memvid():
            rankings["stock"] = rank_stock(reading, find_model(MINILM))
    return {name: {"passages": float(count), **summarise_ranks(ranks)} for name, (count, ranks) in rankings.items()}


if __name__ == "__main__":
    main()
