"""Measures the server time of the queue page at 1,000, 10,000 and 100,000 open cases: one JSON line.

    python bench/queue_page.py [--rounds 60]

Each size gets a process and a database of its own in a temporary folder. A page goes through all middleware,
logged in, with the session read from the database; the first rounds are thrown away.
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
    parser.add_argument("--size", type=int, help="measure this size only, in this process")
    options = parser.parse_args()
    if options.size:
        print(json.dumps(measure(options.size, options.rounds)))
        return
    sizes = {size: in_own_process(size, options.rounds) for size in SIZES}
    small, large = sizes[SIZES[0]]["queue"], sizes[SIZES[-1]]["queue"]
    figures = {
        "bench": "queue_page",
        "unit": "ms of server time",
        "p95_at_100k": large["p95"],
        "ratio_p95": round(large["p95"] / small["p95"], 2),
        "ratio_p50": round(large["p50"] / small["p50"], 2),
        "target": {"p95_at_100k": 50, "ratio": 1.5},
        "sizes": sizes,
    }
    print(json.dumps(figures))


def in_own_process(size: int, rounds: int) -> dict[str, Any]:
    command = [sys.executable, __file__, "--size", str(size), "--rounds", str(rounds)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return dict(json.loads(done.stdout))


def measure(size: int, rounds: int) -> dict[str, Any]:
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
        return {name: time_of(address, rounds) for name, address in PAGES.items()}


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
    pairs = zip(mentions, cases, strict=True)
    write(CaseMention(case=case, mention=mention, added_at=now) for mention, case in pairs)


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


def time_of(address: str, rounds: int) -> dict[str, float]:
    """Return the percentiles of answering one address, and the size of its page."""
    from django.test import Client

    from responders.models import Agent

    client = Client(headers={"host": "localhost"})
    backend = "django.contrib.auth.backends.ModelBackend"
    client.force_login(Agent.objects.get(username="care0"), backend=backend)
    times = [stopped(lambda: client.get(address)) for _ in range(rounds + WARM_UP)][WARM_UP:]
    response = client.get(address)
    assert response.status_code in (200, 204), response.status_code
    return {
        "p50": round(statistics.median(times), 1),
        "p95": round(statistics.quantiles(times, n=20)[-1], 1),
        "bytes": len(response.content),
    }


def stopped(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - begin)


if __name__ == "__main__":
    main()
