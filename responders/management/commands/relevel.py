"""`kulanz relevel`: after a change of `urgency_costs`, the levels of what still waits."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from config.brand_files import all_brands
from responders.relevel import relevel


class Command(BaseCommand):
    help = "Choose the levels of unanswered posts anew after urgency_costs changed; the model is not asked."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("brand", nargs="*", help="brands to look at; default: all")

    def handle(self, *, brand: list[str], **options: Any) -> None:
        for slug in brand or all_brands():
            changed = relevel(slug, now=timezone.now())
            self.stdout.write(f"{slug}: levels changed: {changed}")
