"""`kulanz serve-model`: the model service."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

import uvicorn
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from sentiment.exceptions import ModelError
from sentiment.service import classifier
from sentiment.serving.app import application
from sentiment.serving.batcher import Batcher

PATIENCE_S = 30
"""How long requests in work may take when the service is stopped."""


class Command(BaseCommand):
    help = "Keep the model in memory and judge posts for the workers that name this service."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
        parser.add_argument("--port", type=int, default=8020, help="port (default: %(default)s)")

    def handle(self, *, host: str, port: int, **options: Any) -> None:
        token = settings.ENVIRONMENT.model_token
        if not (token or _is_loopback(host)):
            raise CommandError(
                f"{host} can be reached from elsewhere: set KULANZ_MODEL_TOKEN, here and there."
            )
        try:
            name = classifier().description
        except ModelError as fault:
            raise CommandError(str(fault)) from fault
        app = application(
            Batcher(classifier), model=classifier, token=token.get_secret_value() if token else ""
        )
        self.stdout.write(f"{name.name} {name.version} judges on http://{host}:{port}. Ctrl-C stops.")
        uvicorn.run(
            app, host=host, port=port, log_level="warning", access_log=False,
            timeout_graceful_shutdown=PATIENCE_S,
        )  # fmt: skip


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
