"""Measures how long a post takes from the demo network to a case under a real Airflow on PostgreSQL.

    python bench/airflow_latency.py [--rates 1 10 50] [--seconds 120] [--idle 0.1]

One JSON line: for each rate of posts a second, p50 and p95 of the seconds from a post being visible to when
its case was there. The peer is `kulanz run` on the same posts, measured in the same run. Without a model
service each task of `assess` loads the model; with `--serve` one stands beside, as in the compose file.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
TARGET_SECONDS = 15.0
LEAD_IN = 30.0
"""Seconds from the start of a measurement to the first post."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rates", type=float, nargs="+", default=[1, 10, 50], help="posts a second")
    parser.add_argument("--seconds", type=float, default=120, help="how long posts come at each rate")
    parser.add_argument("--idle", default="0.1", help="scheduler_idle_sleep_time")
    parser.add_argument("--settle", type=float, default=90, help="seconds from the start to the measuring")
    parser.add_argument("--serve", action="store_true", help="with a model service")
    options = parser.parse_args()
    figures = {
        "bench": "airflow_latency",
        "unit": "seconds from visible on the network to a case",
        "tick_seconds": 10,
        "scheduler_idle_sleep_time": float(options.idle),
        "model_service": options.serve,
        "cores": os.cpu_count(),
        "target_p95": TARGET_SECONDS,
        "rates": [measured(rate, options) for rate in options.rates],
    }
    print(json.dumps(figures))


def measured(rate: float, options: argparse.Namespace) -> dict[str, object]:
    ours = one(rate, options, with_airflow=True)
    peer = one(rate, options, with_airflow=False)
    ratio = round(ours["p95"] / peer["p95"], 2) if peer.get("p95") else None
    return {"posts_a_second": rate, "airflow": ours, "kulanz_run": peer, "ratio_p95": ratio,
            "load_1m": round(os.getloadavg()[0], 1)}  # fmt: skip


def one(rate: float, options: argparse.Namespace, *, with_airflow: bool) -> dict[str, float]:
    from tests.servers.postgresql import postgresql

    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kulanz-bench-")))
        url = stack.enter_context(postgresql())
        variables = os.environ | {
            "KULANZ_VAR": str(folder), "KULANZ_DATABASE_URL": url, "KULANZ_SECRET_KEY": "bench",
            "KULANZ_POOLS": "", "DJANGO_SETTINGS_MODULE": "config.settings",
        }  # fmt: skip
        kulanz(variables, "migrate", "-v0")
        if options.serve:
            variables["KULANZ_MODEL_URL"] = stack.enter_context(model_service(variables))
        if with_airflow:
            stack.enter_context(airflow(folder / "airflow", variables, url, options.idle))
        else:
            stack.enter_context(process(variables, "run"))
        # The first run of each DAG is slower than all others.
        time.sleep(options.settle)
        network = stack.enter_context(playing(folder, rate, options.seconds))
        subprocess.run([sys.executable, "-c", LISTEN, network], env=variables, cwd=ROOT, check=True)
        return read(url, count=round(rate * options.seconds), seconds=options.seconds)


LISTEN = """
import sys, django
django.setup()
from django.utils import timezone
from listeners.models import Source
now = timezone.now()
Source.objects.create(slug="demo", brand="zehnschritt", network="demo_facebook", query="@zehnschritt",
                      settings={"base_url": sys.argv[1]}, next_fetch_at=now, created_at=now)
"""


@contextlib.contextmanager
def airflow(home: Path, variables: dict[str, str], url: str, idle: str) -> Iterator[None]:
    """Run the four components with all DAGs on."""
    from config import local_airflow
    from config.airflow_database import database_of_airflow

    home.mkdir()
    port, database = free_port(), database_of_airflow(home, url)
    variables = {**variables, **local_airflow.environment(home, port=port, database=database),
                 "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": idle}  # fmt: skip
    local_airflow.passwords(home)
    local_airflow.prepare(home, variables)
    with local_airflow.running(home, variables):
        yield


@contextlib.contextmanager
def playing(folder: Path, rate: float, seconds: float) -> Iterator[str]:
    """Serve a network on which posts appear at that rate, the first after `LEAD_IN`."""
    from listeners.networks.demo import serve
    from listeners.networks.demo.script import Author, Entry, Script

    numbers = range(round(rate * seconds))
    people = {f"kim{n}": Author(network="facebook", name=f"Kim {n}") for n in numbers}
    entries = {
        f"post{n}": Entry(
            by=f"kim{n}",
            at=(LEAD_IN + n / rate) / 60,
            text=f"@zehnschritt Paar {n} ist nach zwei Wochen kaputt. Ich will mein Geld zurück, sofort!",
        )
        for n in numbers
    }
    book = folder / "network.sqlite3"
    with serve(book, clock=lambda: datetime.now(UTC), speed=1, script=Script(people, entries)) as network:
        yield network.url


def read(url: str, *, count: int, seconds: float) -> dict[str, float]:
    """Wait until all are cases, and read from the database how long each took."""
    import psycopg

    waited = "extract(epoch FROM m.routed_at - m.posted_at)"
    query = f"""
        SELECT count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY {waited}),
               percentile_cont(0.95) WITHIN GROUP (ORDER BY {waited}), max({waited})
        FROM listeners_mention m JOIN responders_casemention c ON c.mention_id = m.id"""
    ends = time.monotonic() + LEAD_IN + 3 * seconds + 120
    with psycopg.connect(url, autocommit=True) as connection:
        while (row := connection.execute(query).fetchone()) and row[0] < count and time.monotonic() < ends:
            time.sleep(1)
    found, *waits = row or (0, 0, 0, 0)
    p50, p95, most = (round(float(wait or 0), 2) for wait in waits)
    return {"posts": found, "of": count, "p50": p50, "p95": p95, "max": most}


@contextlib.contextmanager
def model_service(variables: dict[str, str]) -> Iterator[str]:
    """Run `kulanz serve-model`."""
    port = free_port()
    with process(variables, "serve-model", "--port", str(port)):
        for _ in range(600):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}"


@contextlib.contextmanager
def process(variables: dict[str, str], *arguments: str) -> Iterator[None]:
    command = [sys.executable, "-m", "config.command", *arguments]
    running = subprocess.Popen(command, env=variables, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        running.terminate()
        running.wait(30)


def kulanz(variables: dict[str, str], *arguments: str) -> None:
    command = [sys.executable, "-m", "config.command", *arguments]
    subprocess.run(command, env=variables, cwd=ROOT, check=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main()
