"""`kulanz kibana`: the dashboards."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

import httpx
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import translation

from trends.kibana.ndjson import KibanaFault, bring, ndjson


class Command(BaseCommand):
    help = "Print the dashboards as Kibana imports them, or bring them there with --to."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", metavar="URL", help="Kibana's address, such as https://kibana.example")
        parser.add_argument("--user", help="who logs in there, with the password in KULANZ_KIBANA_PASSWORD")
        parser.add_argument("--ca", type=Path, metavar="FILE", help="certificate authority to trust")
        parser.add_argument(
            "--wait", type=float, default=0, metavar="SECONDS", help="time Kibana may take to start"
        )

    def handle(
        self, *, to: str | None, user: str | None, ca: Path | None, wait: float, **options: Any
    ) -> None:
        with translation.override(settings.ENVIRONMENT.language):
            if to is None:
                self.stdout.write(ndjson(), ending="")
                return
            try:
                with _client(to, user, ca) as client:
                    count = bring(client, patience=wait)
            except (KibanaFault, OSError, httpx.InvalidURL) as fault:
                raise CommandError(str(fault)) from None
        self.stdout.write(f"{count} objects are in Kibana; the dashboards' names begin with “Kulanz: ”.")


def _client(to: str, user: str | None, ca: Path | None) -> httpx.Client:
    password = settings.ENVIRONMENT.kibana_password
    auth = None
    if user:
        if password is None:
            raise CommandError("Put the password of this user into KULANZ_KIBANA_PASSWORD.")
        auth = httpx.BasicAuth(user, password.get_secret_value())
    trust = ssl.create_default_context(cafile=str(ca)) if ca else True
    return httpx.Client(base_url=to, auth=auth, verify=trust, timeout=60)
