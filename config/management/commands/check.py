"""`kulanz check`: whether this installation can work."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console

from config.findings import all_findings, table


class Command(BaseCommand):
    help = "Check configuration, database, model, sources and people: what is well, and what to do where not."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tell", action="store_true", help="send a trial message to each alarm address")

    def handle(self, *, tell: bool, **options: Any) -> None:
        findings = list(all_findings(tell=tell))
        Console().print(table(findings))
        bad = sum(not finding.ok for finding in findings)
        if bad:
            raise CommandError(f"{bad} of {len(findings)} parts need a person.")
