"""`kulanz train`: make the model from its recipe."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from sentiment.corrected import to_learn_from
from sentiment.exceptions import SentimentError

if TYPE_CHECKING:
    from sentiment.training.run import Run

_OFTEN = 4.0


class Command(BaseCommand):
    help = "Train a model by a recipe; started again, it goes on where it was."

    def add_arguments(self, parser: CommandParser) -> None:
        var: Path = settings.ENVIRONMENT.var
        parser.add_argument("--recipe", type=Path, help="default: the one that the shipped model was made by")
        parser.add_argument(
            "--data", type=Path, default=Path("../shared/data/train"), help="folder of the data"
        )
        parser.add_argument("--run", type=Path, default=var / "training", help="folder for work in progress")
        parser.add_argument("--out", type=Path, default=var / "challenger", help="folder for the new model")
        parser.add_argument(
            "--minutes", type=float, help="end the lessons after so long; the learning rate falls in time"
        )
        parser.add_argument(
            "--with-corrections",
            type=float,
            nargs="?",
            const=_OFTEN,
            metavar="TIMES",
            help="show what people corrected, so often in each epoch of the last lesson (default: %(const)g)",
        )

    def handle(self, *, recipe: Path | None, out: Path, **options: Any) -> None:
        missing = [name for name in ("torch", "transformers", "onnx") if not importlib.util.find_spec(name)]
        if missing:
            raise CommandError(f"{', '.join(missing)} not installed: pip install 'kulanz[train]'")
        from sentiment.training.recipe import SHIPPED, read_recipe
        from sentiment.training.run import Run, train

        try:
            run = Run(read_recipe(recipe or SHIPPED), options["data"], options["run"], options["minutes"])
            found = train(self._corrected(run, options["with_corrections"]), out)
        except SentimentError as fault:
            raise CommandError(str(fault)) from None
        (out / "metrics.json").write_text(json.dumps(found, indent=2) + "\n")
        self.stdout.write(f"The model is in {out}; put it into service with: kulanz promote {out}")

    def _corrected(self, run: Run, times: float | None) -> Run:
        """Return the run, with the corrections of this installation where they are asked for."""
        if times is None:
            return run
        from sentiment.training.challenger import with_corrections

        posts = to_learn_from()
        if not posts:
            raise CommandError("There is no correction to learn from yet.")
        self.stdout.write(f"Learning from {len(posts)} corrected posts.")
        return with_corrections(run, posts, passes=times)
