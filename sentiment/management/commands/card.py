"""`kulanz card`: the model card, written from measurements."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from sentiment.card import card
from sentiment.exceptions import SentimentError
from sentiment.service import classifier


class Command(BaseCommand):
    help = "Measure the model on the evaluation files and write its card (needs kulanz[test] for VADER)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="folder with the evaluation files")
        parser.add_argument("--out", type=Path, default=Path("sentiment/MODEL_CARD.md"))

    def handle(self, *, folder: Path, out: Path, **options: Any) -> None:
        try:
            out.write_text(card(classifier(), folder), encoding="utf-8")
        except SentimentError as fault:
            raise CommandError(str(fault)) from None
        self.stdout.write(f"Written: {out}")
