"""`kulanz train`: make the model from its recipe."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from sentiment.exceptions import SentimentError


class Command(BaseCommand):
    help = "Train a model by a recipe; started again, it goes on where it was."

    def add_arguments(self, parser: CommandParser) -> None:
        var: Path = settings.ENVIRONMENT.var
        parser.add_argument("--recipe", type=Path, help="default: the one that the shipped model was made by")
        parser.add_argument(
            "--data", type=Path, default=Path("../shared/data/train"), help="folder of the data"
        )
        parser.add_argument("--run", type=Path, default=var / "training", help="folder for work in progress")
        parser.add_argument("--out", type=Path, default=var / "model", help="folder for the finished model")
        parser.add_argument(
            "--minutes", type=float, help="end the lessons after so long; the learning rate falls in time"
        )

    def handle(self, *, recipe: Path | None, out: Path, **options: Any) -> None:
        missing = [name for name in ("torch", "transformers", "onnx") if not importlib.util.find_spec(name)]
        if missing:
            raise CommandError(f"{', '.join(missing)} not installed: pip install 'kulanz[train]'")
        from sentiment.training.recipe import SHIPPED, read_recipe
        from sentiment.training.run import Run, train

        try:
            run = Run(read_recipe(recipe or SHIPPED), options["data"], options["run"], options["minutes"])
            found = train(run, out)
        except SentimentError as fault:
            raise CommandError(str(fault)) from None
        (out / "metrics.json").write_text(json.dumps(found, indent=2) + "\n")
        self.stdout.write(f"The model is in {out}; use it with KULANZ_MODEL={out}")
