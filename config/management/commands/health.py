"""`kulanz health`: how everything is, at a glance."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from rich.console import Console

from config.findings import table
from config.health import look, parts


class Command(BaseCommand):
    help = "Show what waits for each stage, database, model, disk, backup and versions; exit 1 if not well."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "parts", nargs="*", metavar="PART", choices=[*parts(), []], help="only these parts"
        )

    def handle(self, *, parts: list[str], **options: Any) -> None:
        found = look(*parts, now=timezone.now())
        Console().print(table(found))
        bad = sum(not finding.ok for finding in found)
        if bad:
            raise CommandError(f"{bad} of {len(found)} parts are not well.")
