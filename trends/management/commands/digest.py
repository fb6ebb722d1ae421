"""`kulanz digest`: the weekly digest of a brand, to read before it is sent."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from config.brand_files import BrandFault, brand
from listeners.telling import addresses
from trends.digest import last_turn, send
from trends.digest_words import digest_words
from trends.week import week_of


class Command(BaseCommand):
    help = "Send a brand's weekly digest now, unless this week's was sent; with --dry-run only print it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--brand", required=True, metavar="SLUG", help="the brand file's name")
        parser.add_argument("--dry-run", action="store_true", help="print the last seven days, send nothing")

    def handle(self, *, dry_run: bool, **options: Any) -> None:
        now = timezone.now()
        try:
            about = brand(options["brand"])
        except BrandFault as fault:
            raise CommandError(str(fault)) from None
        if dry_run:
            words = digest_words(week_of(about.slug, until=now))
            self.stdout.write(f"{words.title}\n\n{words.body}")
            return
        if not addresses(of_digests=True):
            raise CommandError("Nobody gets it: set KULANZ_DIGEST_URLS.")
        if not send(about, now=now):
            raise CommandError(f"The digest up to {last_turn(about, now=now):%F %R} was noted before.")
        self.stdout.write("Sent; an address that took nothing is tried again by `kulanz run`.")
