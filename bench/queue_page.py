"""Measures the server time of the queue page at 1,000, 10,000 and 100,000 open cases: one JSON line.

A fifth of them is hidden by a campaign, and would stand on top of the list otherwise.

    python bench/queue_page.py [--rounds 60]

Each size gets a process and a database of its own in a temporary folder; the sizes take turns, so that
whatever else the machine does slows them alike. A page goes through all middleware, logged in, with the
session read from the database; the first rounds are thrown away. Times are of the clock (p50, p95) and of
the processor (cpu_p50, cpu_p95).
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SIZES = (1_000, 10_000, 100_000)
WARM_UP = 10
PAGES = {
    "queue": "/?view=open",
    "unassigned": "/?view=unassigned",
    "at_risk": "/?view=risk",
    "network": "/?view=open&network=rare",
    "poll": "/changed?since=4102444800&seen=0.0.0.000000",
}
"""What is measured; "poll" is what every open page asks each second where nothing has changed."""
TEXT = "Nach zwei Wochen reißt die Öse, und niemand antwortet mir. So geht das nicht weiter! " * 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--size", type=int, help="be the process of this size")
    options = parser.parse_args()
    if options.size:
        serve(options.size)
        return
    sizes = compare(options.rounds)
    small, large = sizes[SIZES[0]]["queue"], sizes[SIZES[-1]]["queue"]
    figures = {
        "bench": "queue_page",
        "unit": "ms of server time",
        "p95_at_100k": large["p95"],
        "ratio_p95": round(large["p95"] / small["p95"], 2),
        "ratio_cpu_p95": round(large["cpu_p95"] / small["cpu_p95"], 2),
        "target": {"p95_at_100k": 50, "ratio": 1.5},
        "sizes": sizes,
    }
    print(json.dumps(figures))


def compare(rounds: int) -> dict[int, dict[str, dict[str, float]]]:
    """Let the sizes take turns; return the percentiles of each page at each size."""
    command = [sys.executable, __file__, "--size"]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    servers = {size: subprocess.Popen([*command, str(size)], **pipes) for size in SIZES}
    for server in servers.values():
        server.stdout.readline()
    times: dict[int, list[dict[str, list[float]]]] = {size: [] for size in SIZES}
    for turn in range(rounds + WARM_UP):
        for size, server in servers.items():
            answer = ask(server)
            if turn >= WARM_UP:
                times[size].append(answer)
    for server in servers.values():
        server.communicate()
    return {size: {page: percentiles([t[page] for t in times[size]]) for page in PAGES} for size in SIZES}


def ask(server: Any) -> dict[str, list[float]]:
    server.stdin.write("go\n")
    server.stdin.flush()
    return dict(json.loads(server.stdout.readline()))


def percentiles(times: list[list[float]]) -> dict[str, float]:
    clock, processor, sizes = zip(*times, strict=True)
    return {
        "p50": round(statistics.median(clock), 1),
        "p95": round(statistics.quantiles(clock, n=20)[-1], 1),
        "cpu_p50": round(statistics.median(processor), 1),
        "cpu_p95": round(statistics.quantiles(processor, n=20)[-1], 1),
        "bytes": max(sizes),
    }


def serve(size: int) -> None:
    """Fill a database, then answer each line of the input with the times of all pages."""
    with tempfile.TemporaryDirectory(prefix="kulanz-bench-") as folder:
        os.environ.update(
            KULANZ_VAR=folder,
            KULANZ_DATABASE_URL="",
            KULANZ_SECRET_KEY="bench",
            DJANGO_SETTINGS_MODULE="config.settings",
        )
        sys.path.insert(0, str(ROOT))
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        fill(size)
        client = browser()
        print("ready", flush=True)
        for _ in sys.stdin:
            answers = {name: stopped(lambda a=address: client.get(a)) for name, address in PAGES.items()}
            print(json.dumps(answers), flush=True)


def fill(size: int) -> None:
    """Write cases as routing would have left them: every level, half of them with an owner."""
    from django.utils import timezone

    from responders.models import Agent, CaseMention, Customer

    now, dice = timezone.now(), random.Random(7)
    agents = [Agent.objects.create_user(f"care{n}", password=None, language="de") for n in range(20)]
    mentions = write(mention_rows(size, now, dice))
    write(assessment_of(mention, now) for mention in mentions)
    customers = write(Customer(created_at=now) for _ in mentions)
    owners = [None, *agents]
    pairs = zip(mentions, customers, strict=True)
    cases = write(case_of(mention, customer, dice, dice.choice(owners)) for mention, customer in pairs)
    hide(cases[::5], now)
    pairs = zip(mentions, cases, strict=True)
    write(CaseMention(case=case, mention=mention, added_at=now) for mention, case in pairs)


def hide(cases: list[Any], now: datetime) -> None:
    """Make a campaign of cases, high and waiting for days."""
    from responders.models import Case, Wording

    counts = {"posts": len(cases), "accounts": len(cases), "seen_at": now, "many_at": now}
    wording = Wording.objects.create(brand="zehnschritt", key="0" * 32, words=b"", **counts)
    for case in cases:
        case.owner, case.level, case.hidden, case.campaign = None, 2, "campaign", wording
        case.rank_at = now - timedelta(days=9)
    changed = ["owner", "level", "hidden", "campaign", "rank_at"]
    Case.objects.bulk_update(cases, changed, batch_size=2000)


def write(rows: Iterable[Any]) -> list[Any]:
    rows = list(rows)
    return list(type(rows[0])._default_manager.bulk_create(rows, batch_size=5000))


def mention_rows(size: int, now: datetime, dice: random.Random) -> Iterable[Any]:
    from listeners.models import Author, Mention, Source

    source = Source.objects.create(slug="bench", brand="zehnschritt", network="file", created_at=now)
    authors = write(
        Author(network="file", native_id=f"a{n}", handle=f"runner{n}", name=f"Läufer {n}")
        for n in range(size)
    )
    for number, author in enumerate(authors):
        yield Mention(
            brand="zehnschritt",
            network="file",
            native_id=f"m{number}",
            source=source,
            author=author,
            text=TEXT,
            posted_at=now - timedelta(seconds=dice.randint(60, 3 * 86_400)),
            seen_at=now,
            assessed_at=now,
            routed_at=now,
        )


def assessment_of(mention: Any, now: datetime) -> Any:
    from sentiment.models import Assessment

    return Assessment(
        mention=mention,
        sentiment="negative",
        urgency=2,
        angry=True,
        intent="problem",
        language="de",
        probabilities={},
        model_name="bench",
        model_version="1",
        model_hash="0" * 64,
        assessed_at=now,
    )


def case_of(mention: Any, customer: Any, dice: random.Random, owner: Any) -> Any:
    from responders.models import Case

    return Case(
        brand="zehnschritt",
        network="rare" if dice.random() < 0.001 else "file",
        customer=customer,
        latest_mention=mention,
        level=dice.choices([0, 1, 2, 3], [2, 5, 2, 1])[0],
        rank_at=mention.posted_at,
        language="de",
        owner=owner,
        opened_at=mention.posted_at,
        waiting_since=mention.posted_at,
        changed_at=mention.posted_at,
        due_at=mention.posted_at + timedelta(hours=dice.randint(1, 96)),
    )


def browser() -> Any:
    """Return a client in which an agent has logged in."""
    from django.test import Client

    from responders.models import Agent

    client = Client(headers={"host": "localhost"})
    backend = "django.contrib.auth.backends.ModelBackend"
    client.force_login(Agent.objects.get(username="care0"), backend=backend)
    return client


def stopped(get: Callable[[], Any]) -> list[float]:
    """Return milliseconds by the clock and of the processor, and the bytes of the answer."""
    clock, processor = time.perf_counter(), time.process_time()
    response = get()
    times = [1000 * (time.perf_counter() - clock), 1000 * (time.process_time() - processor)]
    assert response.status_code in (200, 204), response.status_code
    return [*times, len(response.content)]


if __name__ == "__main__":
    main()
