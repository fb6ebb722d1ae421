"""Measures the server time of the trends page over many facts, as each place counts them: one JSON line.

    python bench/trends.py [--facts 1000000] [--rounds 15] [--places sqlite postgresql elasticsearch]

Each place is a process of its own with the same facts of one brand, spread over a year; `elasticsearch`
counts there, with the books on PostgreSQL beside it. A page goes through all middleware, logged in; places
take turns, so that whatever else the machine does slows them alike. Times are p50 and p95 by the clock, and
the median of the web process's processor, in ms. `ratio` is p95 of Elasticsearch to that of PostgreSQL over
the year.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
PLACES = ("sqlite", "postgresql", "elasticsearch")
DAYS = (28, 90, 365)
NETWORKS = ("facebook", "instagram", "mastodon", "play", "x")
SENTIMENTS = ("negative", "neutral", "positive")
GOAL_MS = 300


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--facts", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--places", nargs="+", choices=PLACES, default=list(PLACES))
    parser.add_argument("--serve", choices=PLACES, help="be the process of this place")
    options = parser.parse_args()
    if options.serve:
        serve(options.serve, options.facts)
        return
    found = compare(options.places, options.facts, options.rounds)
    year = {place: found[place]["365"]["p95"] for place in found}
    ratio = year.get("elasticsearch", 0) / year["postgresql"] if "postgresql" in year else 0
    print(
        json.dumps(
            {
                "bench": "trends",
                "unit": "ms of server time",
                "facts": options.facts,
                "p95_of_a_year": year,
                "ratio": round(ratio, 2),
                "target": {"p95_at_1M": GOAL_MS},
                "load": round(os.getloadavg()[0], 1),
                "places": found,
            }
        )
    )


def compare(places: list[str], facts: int, rounds: int) -> dict[str, Any]:
    """Let the places take turns; return the percentiles of each stretch at each place."""
    with contextlib.ExitStack() as stack:
        servers = {place: stack.enter_context(started(place, facts)) for place in places}
        times: dict[str, dict[str, list[list[float]]]] = {place: {} for place in places}
        for turn in range(rounds + 2):
            for place, server in servers.items():
                server.stdin.write("go\n")
                server.stdin.flush()
                for days, one in json.loads(server.stdout.readline()).items():
                    times[place].setdefault(days, []).extend([one] if turn > 1 else [])
    return {place: {days: percentiles(all_) for days, all_ in times[place].items()} for place in places}


def percentiles(times: list[list[float]]) -> dict[str, float]:
    clock, processor = zip(*times, strict=True)
    return {
        "p50": round(statistics.median(clock), 1),
        "p95": round(statistics.quantiles(clock, n=20)[-1], 1),
        "cpu_p50": round(statistics.median(processor), 1),
    }


@contextlib.contextmanager
def started(place: str, facts: int) -> Iterator[Any]:
    """Start the servers of a place and its process, and wait until it is filled."""
    from tests.servers.postgresql import postgresql

    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="kulanz-bench-"))
        env = os.environ | {"KULANZ_VAR": folder, "KULANZ_SECRET_KEY": "bench", "KULANZ_DATABASE_URL": ""}
        if place != "sqlite":
            env["KULANZ_DATABASE_URL"] = stack.enter_context(postgresql())
        if place == "elasticsearch":
            env["KULANZ_ELASTIC_URL"] = stack.enter_context(search_server())
        command = [sys.executable, __file__, "--serve", place, "--facts", str(facts)]
        server = subprocess.Popen(
            command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        try:
            if server.stdout is None or server.stdout.readline() != "ready\n":
                sys.exit(f"The process of {place} did not start.")
            yield server
        finally:
            server.communicate()


@contextlib.contextmanager
def search_server() -> Iterator[str]:
    from tests.servers.elasticsearch import elasticsearch, unpacked

    with unpacked() as home, elasticsearch(home, heap="1g", java_options="") as server:
        yield server.url


def serve(place: str, facts: int) -> None:
    """Fill the place, then answer each line of the input with the times of all stretches."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    import django
    from django.core.management import call_command
    from django.utils import timezone

    django.setup()
    call_command("migrate", verbosity=0)
    now = timezone.now()
    fill(facts, now)
    if place == "elasticsearch":
        fill_search(facts, now)
    client, today = browser(), now.date()
    addresses = {days: f"/trends?from={today - timedelta(days=days - 1)}" for days in DAYS}
    print("ready", flush=True)
    for _ in sys.stdin:
        print(json.dumps({days: stopped(client, address) for days, address in addresses.items()}), flush=True)


def posts(facts: int, now: datetime) -> Iterator[tuple[datetime, str, str, int]]:
    """Yield time, network, sentiment and urgency of each post, the same at every place."""
    step = timedelta(days=365) / facts
    for number in range(facts):
        mixed = number * 104_729
        sentiment = SENTIMENTS[mixed % 1_009 % 3]
        yield now - number * step, NETWORKS[mixed % 997 % 5], sentiment, mixed % 991 % 4


def fill(facts: int, now: datetime) -> None:
    from django.db import connection

    from trends.models import Fact

    columns = {"brand": "zehnschritt", "language": "de", "angry": False, "intent": "other"}
    batch = []
    for at, network, sentiment, urgency in posts(facts, now):
        batch.append(Fact(posted_at=at, network=network, sentiment=sentiment, urgency=urgency, **columns))
        if len(batch) == 20_000:
            Fact.objects.bulk_create(batch)
            batch = []
    Fact.objects.bulk_create(batch)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE" if connection.vendor == "sqlite" else "VACUUM ANALYZE")


def fill_search(facts: int, now: datetime) -> None:
    from elasticsearch import helpers

    from trends.elastic import layout
    from trends.elastic.client import client
    from trends.elastic.indices import Index, month_of
    from trends.elastic.mapping import Kind

    months = {month_of(at) for at, *_ in posts(2_000, now)}
    indices = {month: Index(Kind.MENTION, month, 1) for month in months}
    layout.prepare(client(), list(indices.values()), read=1)

    def actions() -> Iterator[dict[str, Any]]:
        for at, network, sentiment, urgency in posts(facts, now):
            body = {"brand": "zehnschritt", "posted_at": at, "network": network}
            yield {"_index": indices[month_of(at)].name, **body, "sentiment": sentiment, "urgency": urgency}

    helpers.bulk(client(), actions(), chunk_size=5_000)
    client().indices.refresh(index="kulanz-mentions-*")


def browser() -> Any:
    """Return a client in which somebody of marketing has logged in."""
    from django.test import Client

    from responders.models import Agent

    client = Client(headers={"host": "localhost"})
    agent = Agent.objects.create_user("bench", password=None, role="marketing", language="de")
    client.force_login(agent, backend="django.contrib.auth.backends.ModelBackend")
    return client


def stopped(client: Any, address: str) -> tuple[float, float]:
    """Return milliseconds by the clock and of the processor."""
    clock, processor = time.perf_counter(), time.process_time()
    response = client.get(address)
    times = 1000 * (time.perf_counter() - clock), 1000 * (time.process_time() - processor)
    assert response.status_code == 200 and b'role="status">\n  ' not in response.content, (
        "not Elasticsearch's"
    )
    return times


if __name__ == "__main__":
    main()
