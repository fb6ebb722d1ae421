"""`kulanz source`: what is listened to."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from rich.console import Console
from rich.table import Table

from config.brand_files import BrandFault
from listeners.exceptions import InputError
from listeners.models import Source
from listeners.networks.registry import label
from listeners.sources import add_source, set_state


class Command(BaseCommand):
    help = "List, add, pause and resume sources: feeds and webhooks."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, title="actions")
        actions.add_parser("list", help="show all sources and how they are")
        add = actions.add_parser("add", help="add one and try it at once")
        add.add_argument("network", help="feed or webhook")
        add.add_argument("query", nargs="?", default="", help="a feed's address")
        add.add_argument("--brand", required=True, help="name of the brand file")
        add.add_argument("--slug", default="", help="name of the source (default: made from the rest)")
        for action in ("pause", "resume"):
            actions.add_parser(action, help=f"{action} one").add_argument("slug")

    def handle(self, *, action: str, **options: Any) -> None:
        try:
            getattr(self, f"_{action}")(**options)
        except (InputError, BrandFault) as fault:
            raise CommandError(str(fault)) from None

    def _list(self, **options: Any) -> None:
        table = Table("source", "brand", "network", "state", "last success", "last error", show_edge=False)
        for source in Source.objects.all():
            seen = f"{source.last_success_at:%F %T}" if source.last_success_at else "never"
            table.add_row(
                source.slug, source.brand, label(source.network), source.state, seen, source.last_error
            )
        Console().print(table)

    def _add(self, *, network: str, query: str, brand: str, slug: str, **options: Any) -> None:
        source, health = add_source(brand=brand, network=network, query=query, slug=slug, clock=timezone.now)
        self.stdout.write(f"{source.slug}: {health.message}")
        if not health.ok:
            raise CommandError(
                f"It is kept paused. {health.what_to_do} Then: kulanz source resume {source.slug}"
            )

    def _pause(self, *, slug: str, **options: Any) -> None:
        set_state(slug, Source.State.PAUSED, now=timezone.now())

    def _resume(self, *, slug: str, **options: Any) -> None:
        set_state(slug, Source.State.ACTIVE, now=timezone.now())
