"""`kulanz run`: the pipeline."""

from __future__ import annotations

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.backup.restore import refuse_if_unfinished
from config.pipeline import Pipeline, named, run_once


class Command(BaseCommand):
    help = "Listen, assess, route, send and index: for ever, or with --once until nothing waits."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("stages", nargs="*", metavar="STAGE", help="only these stages (default: all)")
        parser.add_argument("--once", action="store_true", help="stop when no stage finds work")

    def handle(self, *, stages: list[str], once: bool, **options: Any) -> None:
        refuse_if_unfinished()
        try:
            todo = named(stages)
        except KeyError as unknown:
            known = ", ".join(stage.name for stage in named([]))
            raise CommandError(f"There is no stage {unknown}; there are: {known}.") from None
        if once:
            for name, count in run_once(todo).items():
                self.stdout.write(f"{name:>8}  {count:,}")
            return
        pipeline = Pipeline(todo)
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        pipeline.start()
        self.stdout.write("Running: " + ", ".join(stage.name for stage in todo) + ". Ctrl-C stops.")
        stop.wait()
        self.stdout.write("Stopping after the batches in hand.")
        pipeline.stop()
