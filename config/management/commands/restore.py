"""`kulanz restore`: a backup in force again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from config.backup.exceptions import BackupFault
from config.backup.restore import restore, unfinished


class Command(BaseCommand):
    help = "Put a backup in force again, whole or not at all; stop everything else before."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("archive", type=Path, help="what `kulanz backup` wrote")
        parser.add_argument("--replace", action="store_true", help="over what is here, which is kept aside")

    def handle(self, *, archive: Path, replace: bool, **options: Any) -> None:
        try:
            done = restore(archive, replace=replace, now=timezone.now())
        except (BackupFault, OSError) as fault:
            state = "Run the same command again." if unfinished() else "Nothing was changed."
            raise CommandError(f"{fault} {state}") from None
        self.stdout.write(f"The backup of {done.manifest.made_at:%F %T %Z} is in force.")
        self.stdout.write(f"What was here before is in {done.aside}; remove it when you miss nothing.")
        if done.brands:
            self.stdout.write(f"Its brand files that differ from yours are in {done.brands}; yours stay.")
        if done.manifest.photos_elsewhere:
            self.stdout.write("Its photos are in the bucket that KULANZ_MEDIA_URL named.")
        self.stdout.write(
            "Now: kulanz migrate && kulanz audit, then start; kulanz reindex for Elasticsearch."
        )
