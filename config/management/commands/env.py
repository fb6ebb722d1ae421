"""`kulanz env`: the secrets of docker-compose.yml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.env_file import write


class Command(BaseCommand):
    help = "Write the .env file of docker-compose.yml: make the secrets that it lacks, and change nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--file", type=Path, default=Path(".env"), help="default: %(default)s, here")

    def handle(self, *, file: Path, **options: Any) -> None:
        try:
            written = write(file)
        except (OSError, UnicodeDecodeError) as fault:
            raise CommandError(f"{file}: cannot be used: {fault}") from None
        made = [one.name for one in written.added if not one.is_choice]
        choices = [one for one in written.added if one.is_choice]
        if not written.added and not written.unfit:
            self.stdout.write(f"{file} lacks nothing; it was left as it is.")
        if made:
            self.stdout.write(f"{file}: made {len(made)} secrets: {', '.join(made)}.")
        if choices:
            self.stdout.write("Yours to choose, with what stands there now:")
        for one in choices:
            self.stdout.write(f"  {one.name}={one.make()}  {one.use}")
        if written.unfit:
            names = ", ".join(written.unfit)
            raise CommandError(
                f"{file}: cannot be used: {names}. Write letters, digits and _.=- only, or remove the line."
            )
