"""`kulanz airflow`: a real Airflow on this machine that runs the pipeline."""

from __future__ import annotations

import importlib.util
import os
import signal
from pathlib import Path
from typing import Any

import uvicorn
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from rich.console import Console
from rich.table import Table

from config import local_airflow
from config.airflow_database import database_of_airflow
from config.demo import cast, listen_to
from listeners.networks.demo import DEMO_NETWORKS, serve


class Command(BaseCommand):
    help = "Start Airflow, the console and a demo network on this machine; Ctrl-C stops all of it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--airflow-port", type=int, default=8080, help="default: %(default)s")
        parser.add_argument("--port", type=int, default=8000, help="console's port (default: %(default)s)")
        parser.add_argument("--network-port", type=int, default=8010, help="demo network's port")
        parser.add_argument("--speed", type=float, default=60, help="story minutes a minute (default: 60)")

    def handle(
        self, *, airflow_port: int, port: int, network_port: int, speed: float, **options: Any
    ) -> None:
        if importlib.util.find_spec("airflow") is None:
            raise CommandError("Airflow is not installed: pip install 'kulanz[airflow]'")
        var: Path = settings.ENVIRONMENT.var
        home = var / "airflow"
        home.mkdir(parents=True, exist_ok=True)
        # What was started has to be stopped, however this ends.
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _interrupt)
        call_command("migrate", verbosity=0)
        variables = self._variables(home, airflow_port)
        try:
            network = serve(var / "demo-network.sqlite3", clock=timezone.now, port=network_port, speed=speed)
        except OSError as fault:
            message = f"Port {network_port} cannot be used ({fault.strerror}); give another: --network-port"
            raise CommandError(message) from None
        with network:
            listen_to(network.url, now=timezone.now())
            self._run(home, variables, port)

    def _variables(self, home: Path, port: int) -> dict[str, str]:
        database = database_of_airflow(home, settings.ENVIRONMENT.database())
        pools = settings.ENVIRONMENT.pools or " ".join(f"{network.name}=2" for network in DEMO_NETWORKS[:1])
        ours = {"KULANZ_VAR": str(settings.ENVIRONMENT.var), "KULANZ_POOLS": pools}
        return {**os.environ, **ours, **local_airflow.environment(home, port=port, database=database)}

    def _run(self, home: Path, variables: dict[str, str], port: int) -> None:
        self.stdout.write(f"Starting Airflow; this takes a minute. Its logs are in {home}.")
        try:
            local_airflow.prepare(home, variables)
            with local_airflow.running(home, variables):
                _welcome(variables["AIRFLOW__API__BASE_URL"], home, port)
                uvicorn.run("config.asgi:application", host="127.0.0.1", port=port, log_level="warning")
                self.stdout.write("Stopping; tasks that run may end.")
        except local_airflow.AirflowFault as fault:
            raise CommandError(str(fault)) from None
        except KeyboardInterrupt:
            self.stdout.write("Stopped.")


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _welcome(address: str, home: Path, port: int) -> None:
    table = Table(title=f"Airflow is on {address} · Ctrl-C stops", title_justify="left")
    for heading in ("where", "log in as", "password"):
        table.add_column(heading)
    for name, password in local_airflow.passwords(home).items():
        table.add_row(address, name, password)
    for login in cast(book=home.parent / "demo-logins.json"):
        table.add_row(f"http://127.0.0.1:{port}", login.username, login.password)
    Console().print(table)
