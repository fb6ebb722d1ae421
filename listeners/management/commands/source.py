"""`kulanz source`: what is listened to."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentTypeError
from collections.abc import Callable, Mapping
from getpass import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from rich.console import Console
from rich.table import Table

from config.brand_files import BrandFault, all_brands
from listeners.contract import Health
from listeners.exceptions import InputError
from listeners.login.accounts import given
from listeners.login.asking import Answers, Asker, read_secrets, value_of
from listeners.models import Source
from listeners.networks.registry import NETWORKS, label
from listeners.sources import add_source, change_secrets, known_source, name_for, set_state


def _setting(text: str) -> tuple[str, Any]:
    """Read `name=value`; a value that is JSON is taken as such."""
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value_of(value)


class Command(BaseCommand):
    help = "List, add, pause and resume sources, and give their secrets."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, title="actions")
        actions.add_parser("list", help="show all sources and how they are")
        add = actions.add_parser("add", help="add one and try it at once; on a terminal it asks")
        add.add_argument("network", nargs="?", default="", help="one of: " + ", ".join(sorted(NETWORKS)))
        add.add_argument("query", nargs="?", default="", help="a feed's address, a search")
        add.add_argument("--brand", default="", help="name of the brand file")
        add.add_argument("--slug", default="", help="name of the source (default: made from the rest)")
        add.add_argument(
            "--set", action="append", default=[], metavar="NAME=VALUE", type=_setting, help="a setting of it"
        )
        secrets = actions.add_parser("secrets", help="give a source other secrets and try them at once")
        secrets.add_argument("slug")
        for asking in (add, secrets):
            asking.add_argument("--no-input", action="store_true", help="ask nothing, also on a terminal")
            asking.add_argument(
                "--secrets-stdin",
                action="store_true",
                help='read secrets from standard input: {"token": "..."}',
            )
        for action in ("pause", "resume"):
            actions.add_parser(action, help=f"{action} one").add_argument("slug")

    def handle(self, *, action: str, **options: Any) -> None:
        try:
            with translation.override(_language()):
                getattr(self, f"_{action}")(**options)
        except (InputError, BrandFault) as fault:
            raise CommandError(str(fault)) from None
        except (EOFError, KeyboardInterrupt):
            raise CommandError("Nothing was changed.") from None

    def _list(self, **options: Any) -> None:
        table = Table("source", "brand", "network", "state", "last success", "last error", show_edge=False)
        for source in Source.objects.all():
            seen = f"{source.last_success_at:%F %T}" if source.last_success_at else "never"
            table.add_row(
                source.slug, source.brand, label(source.network), source.state, seen, source.last_error
            )
        Console().print(table)

    def _add(self, *, network: str, query: str, brand: str, slug: str, **options: Any) -> None:
        asker = self._asker(options)
        settings = dict(options["set"])
        if asker is not None:
            network = network or asker.name(
                _("Which network?"), {name: label(name) for name in sorted(NETWORKS)}
            )
            brand = brand or asker.name(
                _("For which brand?"), {name: one.name for name, one in sorted(all_brands().items())}
            )
        if not network or not brand:
            raise InputError("Say which network, and with --brand for which brand.")
        needs = NETWORKS[network].needs if network in NETWORKS else ()
        if asker is not None:
            query = query or asker.query(needs)
            settings = asker.settings(needs, settings) | settings
        name = name_for(brand=brand, network=network, query=query, slug=slug)
        told = self._told(asker, network, name, options)
        source, health = add_source(
            brand=brand,
            network=network,
            query=query,
            slug=name,
            settings=settings,
            secrets=told.secrets,
            clock=timezone.now,
        )
        self._report(source, health, told)

    def _told(self, asker: Asker | None, network: str, slug: str, options: Mapping[str, Any]) -> Answers:
        needs = NETWORKS[network].needs if network in NETWORKS else ()
        if options["secrets_stdin"]:
            return Answers(secrets=read_secrets(sys.stdin.read(), needs))
        return asker.secrets(needs, given(slug)) if asker is not None else Answers()

    def _report(self, source: Source, health: Health, told: Answers) -> None:
        if told.connects and not health.ok:
            self.stdout.write(
                _("%(source)s is kept paused. Open Sources in the console and choose Connect.")
                % {"source": source.slug}
            )
            return
        self.stdout.write(f"{source.slug}: {health.message}")
        if not health.ok:
            raise CommandError(
                f"It is kept paused. {health.what_to_do} Then: kulanz source resume {source.slug}"
            )

    def _asker(self, options: Mapping[str, Any]) -> Asker | None:
        """Return a terminal to ask at, None where nobody sits there or nobody is to be asked."""
        if options["no_input"] or options["secrets_stdin"] or not sys.stdin.isatty():
            return None
        ask: Callable[[str], str] = input
        return Asker(say=self.stdout.write, ask=ask, ask_hidden=getpass)

    def _secrets(self, *, slug: str, **options: Any) -> None:
        source = known_source(slug)
        asker = self._asker(options)
        if asker is None and not options["secrets_stdin"]:
            raise InputError("Nobody is there to ask; give the secrets with --secrets-stdin.")
        told = self._told(asker, source.network, slug, options)
        self._report(source, change_secrets(source, told.secrets, clock=timezone.now), told)

    def _pause(self, *, slug: str, **options: Any) -> None:
        set_state(slug, Source.State.PAUSED, now=timezone.now())

    def _resume(self, *, slug: str, **options: Any) -> None:
        set_state(slug, Source.State.ACTIVE, now=timezone.now())


def _language() -> str:
    """Return the language of the terminal, of those that Kulanz speaks."""
    said = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "de" if said.startswith("de") else "en"
