"""`kulanz backup`: everything that cannot be made again, in one archive."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from config.backup.exceptions import BackupFault
from config.backup.make import backup
from config.environment import environment


class Command(BaseCommand):
    help = "Write database, log-ins of sources, photos, brand files and promoted models into one archive."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "folder", nargs="?", type=Path, help="where the archive goes (default: backups under KULANZ_VAR)"
        )

    def handle(self, *, folder: Path | None, **options: Any) -> None:
        try:
            archive = backup(folder or environment().var / "backups", now=timezone.now())
        except (BackupFault, OSError) as fault:
            raise CommandError(f"No backup was made. {fault}") from None
        size = archive.stat().st_size
        self.stdout.write(f"{archive} ({size / 1e6:,.1f} MB) holds passwords and people's data: guard it.")
        if environment().media_url:
            self.stdout.write("Photos are in the bucket and not in it; let the bucket keep its own versions.")
