"""`kulanz robustness`: how often harmless edits change the verdict."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.table import Table

from sentiment.evaluate import read_examples
from sentiment.exceptions import SentimentError
from sentiment.robustness import TARGET, USUAL_POSTS, Flips, flips, total
from sentiment.service import classifier, load


class Command(BaseCommand):
    help = "Edit posts harmlessly (sentiment/data/edits.toml) and count how often the verdict changes."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "files",
            type=Path,
            nargs="*",
            default=USUAL_POSTS,
            metavar="FILE",
            help="CSV or JSONL with the columns text, lang and sentiment (default: invented posts of ours)",
        )
        parser.add_argument("--model", help="another model than the one in service: a folder, or hf:NAME")
        parser.add_argument("--json", action="store_true", help="print one JSON object an edit and language")

    def handle(self, *, files: Sequence[Path], model: str | None, **options: Any) -> None:
        try:
            examples = [example for file in files for example in read_examples(file, task="sentiment")]
            rows = flips(examples, load(model) if model else classifier())
        except SentimentError as fault:
            raise CommandError(str(fault)) from None
        rows += [
            total(rows, name="all", language=language) for language in sorted({r.language for r in rows})
        ]
        if options["json"]:
            self.stdout.write("\n".join(json.dumps(asdict(row)) for row in rows))
        else:
            Console().print(_table(rows))


def _table(rows: list[Flips]) -> Table:
    title = f"Verdicts changed by harmless edits, in percent (aim: under {TARGET:.0%})"
    table = Table("edit", "language", "posts", "sentiment", "urgency ≥ 2", "any answer", title=title)
    for row in rows:
        shares = (f"{100 * count / row.posts:.1f}" for count in row.changed)
        table.add_row(row.edit, row.language, f"{row.posts:,}", *shares)
    return table
