"""`kulanz migrate`: Django's, by one process at a time."""

from __future__ import annotations

from typing import Any

from django.core.management.commands import migrate
from django.db import connections

from config.migrating import alone


class Command(migrate.Command):
    help = "Make or upgrade the tables; of several processes at once one does it and the others wait."

    def handle(self, *args: Any, **options: Any) -> None:
        with alone(connections[options["database"]], told=self._wait):
            super().handle(*args, **options)

    def _wait(self) -> None:
        self.stdout.write("Another process is migrating this database; waiting for it.")
