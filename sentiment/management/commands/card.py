"""`kulanz card`: the model card, written from measurements."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from sentiment.card.write import write_card
from sentiment.exceptions import SentimentError
from sentiment.service import classifier, load


class Command(BaseCommand):
    help = "Measure the model on the evaluation files and write its card (needs kulanz[train])."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="folder with the evaluation files")
        parser.add_argument(
            "--training",
            type=Path,
            help="folder with the training files, for a TF-IDF peer that learns from them",
        )
        parser.add_argument("--model", help="another model than the one in service: a folder, or hf:NAME")
        parser.add_argument("--out", type=Path, default=Path("sentiment/MODEL_CARD.md"))

    def handle(
        self, *, folder: Path, training: Path | None, model: str | None, out: Path, **options: Any
    ) -> None:
        if not out.parent.is_dir():
            raise CommandError(f"{out.parent}: there is no such folder; make it or name another with --out.")
        try:
            judge = load(model) if model else classifier()
            write_card(judge, folder, out, training=training)
        except SentimentError as fault:
            raise CommandError(str(fault)) from None
        self.stdout.write(f"Written: {out}")
