"""`kulanz web`: the console."""

from __future__ import annotations

from typing import Any

import uvicorn
from django.core.management.base import BaseCommand, CommandParser

from config.backup.restore import refuse_if_unfinished


class Command(BaseCommand):
    help = "Serve the console."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
        parser.add_argument("--port", type=int, default=8000, help="port (default: %(default)s)")

    def handle(self, *, host: str, port: int, **options: Any) -> None:
        refuse_if_unfinished()
        self.stdout.write(f"The console is on http://{host}:{port}. Ctrl-C stops.")
        uvicorn.run(
            "config.asgi:application",
            host=host,
            port=port,
            log_level="warning",
            log_config=None,
            access_log=False,
        )
