"""Measures how fast documents get into a real Elasticsearch and dashboards read them: one JSON line.

    python bench/index.py [--documents 200000] [--compare 40000] [--mentions 5000] [--vectors] [--heap 1g]

`writer` is `trends.elastic.bulk.write`, in batches of the stage `copy`; `raw` is `helpers.bulk` of the same
documents into indices of the same mapping, in turns with it, 5,000 at a time. `stage` is the whole way out of
the database, with reading, masking and book-keeping, of a process alone on SQLite.
`memory` is how much this process grew between a tenth of the documents and all of them. `dashboards` puts the
question of each panel of Kibana's dashboards to all documents, five times, past Elasticsearch's cache;
`of_best` takes the best of the five, which tells more on a machine that has other work to do.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
BATCH = 500
TURN = 5_000
GOAL_RATIO, GOAL_MS, FLAT = 0.8, 300, 1.15
MONTHS = ("2026.09", "2026.10", "2026.11")
THINGS = (
    "Sohle",
    "Öse",
    "Lieferung",
    "Rechnung",
    "App",
    "Größe 42",
    "Farbe",
    "Rücksendung",
    "Filiale",
    "Preis",
)
SAYINGS = (
    "Seit {n} Tagen warte ich auf Antwort, {thing} ist schon wieder kaputt. 😡 Was nun?",
    "{thing}: nach {n} Wochen hin. 180 € für nichts, ruft mich an!",
    "Bin begeistert! {thing} top, nach {n} km immer noch wie neu.",
    "Weiß jemand, ob es {thing} auch in Halle gibt? Frage Nummer {n}.",
)
TOPICS = tuple(enumerate(THINGS))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--documents", type=int, default=200_000, help="that dashboards are tried on")
    parser.add_argument("--compare", type=int, default=40_000, help="documents of each way of writing")
    parser.add_argument("--mentions", type=int, default=5_000, help="that come out of a database; 0 for none")
    parser.add_argument("--vectors", action="store_true", help="give each document its vector")
    parser.add_argument("--heap", default="1g", help="memory of Elasticsearch")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as var:
        os.environ |= {"KULANZ_VAR": var, "KULANZ_DATABASE_URL": "", "KULANZ_SECRET_KEY": "bench"}
        print(json.dumps(measure(options)))


def measure(options: argparse.Namespace) -> dict[str, Any]:
    from tests.servers.elasticsearch import elasticsearch, unpacked

    with unpacked() as home, elasticsearch(home, heap=options.heap, java_options="") as server:
        os.environ["KULANZ_ELASTIC_URL"] = server.url
        import django

        django.setup()
        found: dict[str, Any] = {"figure": "index", "vectors": options.vectors, "load": os.getloadavg()}
        found |= compare(options)
        if options.mentions:
            found |= stage(options.mentions)
        found |= fill(options) | dashboards()
        return found | {"load_after": os.getloadavg()}


def documents(count: int, *, vectors: bool, seed: int) -> Iterator[dict[str, Any]]:
    """Invent documents of the last three months."""
    dice = random.Random(seed)
    for number in range(count):
        at = NOW - timedelta(seconds=dice.randrange(80 * 86_400))
        topic, name = dice.choice(TOPICS)
        mood = dice.choice(("negative", "neutral", "positive"))
        text = dice.choice(SAYINGS).format(n=dice.randint(2, 400), thing=name)
        share = round(dice.uniform(0.4, 0.98), 3)
        document = {
            "brand": "zehnschritt",
            "network": dice.choice(("x", "reddit", "mastodon", "facebook", "play")),
            "native_id": f"{seed}-{number}",
            "source": f"source-{dice.randint(1, 9)}",
            "kind": "post",
            "url": f"https://posts.example/{seed}/{number}",
            "language": "de",
            "text": text,
            "author": f"runner{dice.randint(1, 50_000)}",
            "reach": int(dice.paretovariate(0.7)) % 10_000_000,
            "reactions": dice.randint(0, 50),
            "shares": dice.randint(0, 9),
            "is_private": False,
            "is_backfill": False,
            "posted_at": at,
            "seen_at": at + timedelta(seconds=dice.randint(1, 90)),
            "queued_at": at + timedelta(seconds=dice.randint(91, 99)),
            "delay_seconds": dice.randint(1, 90),
            "first_response_seconds": dice.randint(60, 90_000),
            "hour_of_day": at.hour,
            "day_of_week": at.isoweekday(),
            "sentiment": mood,
            "urgency": dice.choice((0, 0, 1, 1, 2, 3)),
            "angry": mood == "negative" and dice.random() < 0.4,
            "intent": dice.choice(("problem", "question", "thanks", "feedback", "other")),
            "supported": True,
            "is_corrected": False,
            "model": "kulanz-e5-de-en 3",
            "probabilities": {"sentiment": {mood: share}, "urgency": {"1": share}, "angry": {"1": 1 - share}},
            "topic": str(topic),
            "topic_name": name,
            "phase": dice.choice(("awareness", "purchase", "retention", "unknown")),
            "keyphrases": text.lower().split()[:8],
        }
        if vectors:
            document["vector"] = [round(dice.uniform(-1, 1), 4) for _ in range(384)]
        yield document


def writings(found: Iterable[dict[str, Any]], generation: int) -> Iterator[Any]:
    from trends.elastic.bulk import Writing
    from trends.elastic.indices import Index, month_of
    from trends.elastic.mapping import Kind

    for number, body in enumerate(found, 1):
        index = Index(Kind.MENTION, month_of(body["posted_at"]), generation)
        yield Writing(index=index, id=body["native_id"], number=number, body=body)


def write(found: Iterable[dict[str, Any]], generation: int) -> None:
    from trends.elastic import bulk
    from trends.elastic.client import client

    todo = writings(found, generation)
    while some := list(itertools.islice(todo, BATCH)):
        errors = {fate.error for fate in bulk.write(client(), some)} - {""}
        assert not errors, errors


def write_raw(found: Iterable[dict[str, Any]], generation: int) -> None:
    from elasticsearch.helpers import bulk

    from trends.elastic.client import client

    actions = (
        {"_index": one.index.name, "_id": one.id, "_source": one.body} for one in writings(found, generation)
    )
    bulk(client(), actions, chunk_size=BATCH)


def make_indices(*generations: int) -> None:
    from trends.elastic import layout
    from trends.elastic.client import client
    from trends.elastic.indices import Index
    from trends.elastic.mapping import Kind

    wanted = [Index(Kind.MENTION, month, generation) for month in MONTHS for generation in generations]
    layout.prepare(client(), wanted, read=1)


def compare(options: argparse.Namespace) -> dict[str, Any]:
    """Write the same documents in two ways, turn by turn, who is first in turns too."""
    make_indices(8, 9)
    ways = [(write, 8), (write_raw, 9)]
    took = {write: 0.0, write_raw: 0.0}
    for seed in range(-1, options.compare // TURN):
        some = list(documents(TURN, vectors=options.vectors, seed=seed))
        for way, generation in ways:
            began = time.perf_counter()
            way(some, generation)
            took[way] += (time.perf_counter() - began) * (seed >= 0)
        ways.reverse()
    rates = {way: options.compare // TURN * TURN / seconds for way, seconds in took.items()}
    ratio = rates[write] / rates[write_raw]
    return {
        "writer_per_s": round(rates[write]),
        "raw_per_s": round(rates[write_raw]),
        "ratio": round(ratio, 2),
        "goal": GOAL_RATIO,
        "reached": ratio >= GOAL_RATIO,
    }


def stage(mentions: int) -> dict[str, Any]:
    """Let the stage copy mentions out of a new database."""
    from django.core.management import call_command

    from trends.elastic.models import Change
    from trends.elastic.update import update
    from trends.index import index

    call_command("migrate", verbosity=0)
    _store(mentions)
    while index(now=NOW):
        pass
    waiting = Change.objects.count()
    began = time.perf_counter()
    done = 0
    while count := update(now=NOW):
        done += count
    assert done >= waiting
    return {"stage_per_s": round(done / (time.perf_counter() - began)), "stage_documents": done}


def _store(mentions: int) -> None:
    from listeners.models import Mention
    from sentiment.models import Assessment
    from tests.factories import make_author, make_source

    source, author = make_source(now=NOW), make_author()
    bodies = list(documents(mentions, vectors=False, seed=99))
    rows = Mention.objects.bulk_create(
        Mention(
            brand=source.brand, network=source.network, native_id=body["native_id"], source=source,
            author=author, text=body["text"], url=body["url"], posted_at=body["posted_at"],
            seen_at=body["seen_at"], assessed_at=NOW, routed_at=NOW,
        )
        for body in bodies
    )  # fmt: skip
    Assessment.objects.bulk_create(
        Assessment(
            mention=row, sentiment=body["sentiment"], urgency=body["urgency"], angry=body["angry"],
            intent=body["intent"], language="de", probabilities=body["probabilities"], model_name="bench",
            model_version="1", model_hash="0" * 64, assessed_at=NOW,
        )
        for row, body in zip(rows, bodies, strict=True)
    )  # fmt: skip


def fill(options: argparse.Namespace) -> dict[str, Any]:
    """Write all documents that dashboards read, and watch this process's memory."""
    from trends.elastic.client import client

    make_indices(1)
    tenth, began = options.documents // 10, time.perf_counter()
    found = documents(options.documents, vectors=options.vectors, seed=1_000)
    write(itertools.islice(found, tenth), 1)
    first = _resident()
    write(found, 1)
    seconds, last = time.perf_counter() - began, _resident()
    client().indices.refresh(index="kulanz-mentions")
    return {
        "documents": options.documents,
        "filled_per_s": round(options.documents / seconds),
        "memory_mb": [round(first), round(last)],
        "is_flat": last / first <= FLAT,
    }


def _resident() -> float:
    kilobytes = subprocess.check_output(["ps", "-o", "rss=", "-p", str(os.getpid())], text=True)
    return int(kilobytes) / 1024


def dashboards() -> dict[str, Any]:
    """Ask what each panel asks."""
    from trends.elastic.client import client
    from trends.elastic.mapping import Kind
    from trends.kibana.dashboards import DASHBOARDS

    took = {}
    panels = [one for board in DASHBOARDS for one in board.panels if one.kind is Kind.MENTION]
    for panel in panels:
        times = []
        for _ in range(5):
            began = time.perf_counter()
            client().search(
                index=panel.kind.value,
                query=panel.query(),
                aggs=panel.aggregations(),
                size=0,
                request_cache=False,
            )
            times.append((time.perf_counter() - began) * 1_000)
        took[str(panel.title)] = times
    every = sorted(itertools.chain(*took.values()))
    best = sorted(min(times) for times in took.values())
    slowest = max(took, key=lambda title: min(took[title]))
    p95 = every[len(every) * 95 // 100]
    return {
        "panels": len(panels),
        "query_ms_p50": round(every[len(every) // 2]),
        "query_ms_p95": round(p95),
        "query_ms_p95_of_best": round(best[len(best) * 95 // 100]),
        "query_goal_ms": GOAL_MS,
        "query_reached": p95 <= GOAL_MS,
        "slowest": slowest,
    }


if __name__ == "__main__":
    main()
