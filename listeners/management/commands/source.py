"""`kulanz source`: what is listened to."""

from __future__ import annotations

import json
from argparse import ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from rich.console import Console
from rich.table import Table

from config.brand_files import BrandFault
from listeners.exceptions import InputError
from listeners.models import Source
from listeners.networks.registry import NETWORKS, label
from listeners.sources import add_source, set_state


def _setting(text: str) -> tuple[str, Any]:
    """Read `name=value`; a value that is JSON is taken as such."""
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


class Command(BaseCommand):
    help = "List, add, pause and resume sources."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, title="actions")
        actions.add_parser("list", help="show all sources and how they are")
        add = actions.add_parser("add", help="add one and try it at once")
        add.add_argument("network", help="one of: " + ", ".join(sorted(NETWORKS)))
        add.add_argument("query", nargs="?", default="", help="a feed's address, a search")
        add.add_argument("--brand", required=True, help="name of the brand file")
        add.add_argument("--slug", default="", help="name of the source (default: made from the rest)")
        add.add_argument(
            "--set", action="append", default=[], metavar="NAME=VALUE", type=_setting, help="a setting of it"
        )
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
        source, health = add_source(
            brand=brand,
            network=network,
            query=query,
            slug=slug,
            settings=dict(options["set"]),
            clock=timezone.now,
        )
        self.stdout.write(f"{source.slug}: {health.message}")
        if not health.ok:
            raise CommandError(
                f"It is kept paused. {health.what_to_do} Then: kulanz source resume {source.slug}"
            )

    def _pause(self, *, slug: str, **options: Any) -> None:
        set_state(slug, Source.State.PAUSED, now=timezone.now())

    def _resume(self, *, slug: str, **options: Any) -> None:
        set_state(slug, Source.State.ACTIVE, now=timezone.now())
