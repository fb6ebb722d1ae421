"""`kulanz promote`: put a better model into service."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.columns import Columns
from rich.console import Console
from rich.table import Table

from sentiment import champion
from sentiment.classifier import Classifier
from sentiment.compare import Comparison, Row
from sentiment.exceptions import SentimentError
from sentiment.promote import Trial, try_challenger


class Command(BaseCommand):
    help = "Compare a challenger with the model in service and let it take over only if it is better."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, nargs="?", help="folder of the challenger, as train left it")
        parser.add_argument("--dry-run", action="store_true", help="compare only")
        parser.add_argument("--back", action="store_true", help="bring back the model that served before")

    def handle(self, *, folder: Path | None, dry_run: bool, back: bool, **options: Any) -> None:
        if settings.ENVIRONMENT.model:
            raise CommandError("KULANZ_MODEL names the model in service; unset it, then promote.")
        if back == (folder is not None):
            raise CommandError("Name the folder of a challenger, or say --back.")
        try:
            self._bring_back() if folder is None else self._promote(folder, dry_run)
        except SentimentError as fault:
            raise CommandError(str(fault)) from None

    def _bring_back(self) -> None:
        folder = champion.bring_back()
        if folder is None:
            raise CommandError("No other model was ever promoted; there is none to bring back.")
        self.stdout.write(f"In service again: {Classifier.load(folder).description.version} ({folder})")

    def _promote(self, folder: Path, dry_run: bool) -> None:
        now = champion.champion()
        if champion.content_of(folder) == champion.content_of(now):
            raise CommandError(f"Refused: {folder} is the model that is in service.")
        trial = try_challenger(Classifier.load(folder), Classifier.load(now))
        _show(trial)
        if trial.refusal:
            raise CommandError(f"Refused: {trial.refusal}.")
        if dry_run:
            self.stdout.write("It is better and would take over; nothing was changed (--dry-run).")
            return
        self.stdout.write(f"It is better. In service now: {champion.crown(folder)}")


def _show(trial: Trial) -> None:
    console = Console()
    console.print(Columns([_table(trial.frozen), _table(trial.recent)], padding=(0, 3)))


def _table(part: Comparison) -> Table:
    table = Table(title=part.name, title_justify="left", caption_justify="left", show_edge=False)
    table.caption = "95 % of the drawn differences" if part.heads else "none yet"
    for heading in ("", "posts", "champion", "challenger", "difference"):
        table.add_column(heading, justify="left" if heading == "" else "right", no_wrap=True)
    for row in (*part.heads, part.mean, part.found_now):
        if row is not None:
            table.add_row(*_cells(row), style="bold" if row is part.mean else None)
    return table


def _cells(row: Row) -> tuple[str, ...]:
    mark = " [red]worse[/]" if row.is_worse else " [green]better[/]" if row.is_better else ""
    difference = f"{row.low:+.3f} … {row.high:+.3f}{mark}"
    return row.name, f"{row.n:,}", f"{row.champion:.3f}", f"{row.challenger:.3f}", difference
