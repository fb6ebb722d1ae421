"""`kulanz demo`: everything in one process, with an invented brand and its invented customers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import uvicorn
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from rich.console import Console
from rich.table import Table

from config.demo import Login, cast, listen_to
from config.pipeline import Pipeline, stages
from listeners.networks.demo import serve


class Command(BaseCommand):
    help = "Start pipeline, console and a demo network that plays about 300 invented posts."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="console's port (default: %(default)s)")
        parser.add_argument("--network-port", type=int, default=8010, help="demo network's port")
        parser.add_argument("--speed", type=float, default=60, help="story minutes a minute (default: 60)")

    def handle(self, *, port: int, network_port: int, speed: float, **options: Any) -> None:
        var: Path = settings.ENVIRONMENT.var
        var.mkdir(parents=True, exist_ok=True)
        call_command("migrate", verbosity=0)
        logins = cast(book=var / "demo-logins.json")
        try:
            network = serve(var / "demo-network.sqlite3", clock=timezone.now, port=network_port, speed=speed)
        except OSError as fault:
            message = f"Port {network_port} cannot be used ({fault.strerror}); give another: --network-port"
            raise CommandError(message) from None
        with network:
            listen_to(network.url, now=timezone.now())
            pipeline = Pipeline(stages())
            pipeline.start()
            _welcome(logins, port)
            uvicorn.run(
                "config.asgi:application", host="127.0.0.1", port=port, log_level="warning", access_log=False
            )
            pipeline.stop()


def _welcome(logins: list[Login], port: int) -> None:
    table = Table(title=f"Kulanz is on http://127.0.0.1:{port} · Ctrl-C stops", title_justify="left")
    for heading in ("log in as", "password", "role", "who"):
        table.add_column(heading)
    for login in logins:
        table.add_row(login.username, login.password, str(login.role), login.name)
    Console().print(table)
