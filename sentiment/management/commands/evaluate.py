"""`kulanz evaluate`: how good the model is on labelled posts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.table import Table

from config.brand_files import brand
from sentiment.evaluate import TASKS, evaluate, read_examples
from sentiment.exceptions import SentimentError
from sentiment.service import classifier, load


class Command(BaseCommand):
    help = "Try the model on a CSV or JSONL file (also .gz) of labelled posts."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--task", required=True, choices=sorted(TASKS))
        parser.add_argument(
            "--text-column", default="text", help="column with the post (default: %(default)s)"
        )
        parser.add_argument("--label-column", default="", help="column with the label (default: by the task)")
        parser.add_argument(
            "--only", action="append", default=[], metavar="COLUMN=VALUE", help="leave out other rows"
        )
        parser.add_argument("--model", help="another model than the one in service: a folder, or hf:NAME")
        parser.add_argument("--brand", help="judge as for this brand: its terms, and what mistakes cost it")
        parser.add_argument(
            "--intervals", action="store_true", help="add 95 % confidence intervals (bootstrap)"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *, file: Path, task: str, model: str | None, **options: Any) -> None:
        slug = brand(options["brand"]).slug if options["brand"] else ""
        try:
            examples = read_examples(
                file,
                task=task,
                text_column=options["text_column"],
                label_column=options["label_column"],
                only=dict(pair.partition("=")[::2] for pair in options["only"]),
            )
            judge = load(model) if model else classifier()
            found = evaluate(examples, judge, task=task, brand=slug, with_intervals=options["intervals"])
        except SentimentError as fault:
            raise CommandError(str(fault)) from None
        if options["json"]:
            self.stdout.write(json.dumps(found))
            return
        console = Console()
        for table in (_overview(found), _classes(found), _confusion(found)):
            console.print(table)


def _overview(found: dict[str, Any]) -> Table:
    parts = {"all": found, **found["by_language"]}
    table = Table("", *parts, title=f"{found['task']}, {found['n']:,} posts", title_justify="left")
    for name in (key for key, value in found.items() if isinstance(value, int | float)):
        table.add_row(name.replace("_", " "), *(_cell(part, name) for part in parts.values()))
    return table


def _cell(part: dict[str, Any], name: str) -> str:
    bounds = part.get("intervals", {}).get(name)
    between = f" ({bounds[0]:.3f} to {bounds[1]:.3f})" if bounds else ""
    return _shown(part[name]) + between


def _shown(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:.3f}"


def _classes(found: dict[str, Any]) -> Table:
    table = Table("class", "precision", "recall", "f1", "posts", title="By class", title_justify="left")
    for label, row in found["per_class"].items():
        table.add_row(label, *(_shown(row[name]) for name in ("precision", "recall", "f1", "support")))
    return table


def _confusion(found: dict[str, Any]) -> Table:
    labels = list(found["per_class"])
    table = Table("true \\ said", *labels, title="Who was taken for whom", title_justify="left")
    for label, row in zip(labels, found["confusion"], strict=True):
        table.add_row(label, *map(str, row))
    return table
