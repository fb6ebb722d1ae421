"""Measures what topics cost: one JSON line.

    python bench/topics.py [--posts 100000]

Invented posts on SQLite get vectors and topics, and maps are drawn on the way. The peer is the classifier:
how many of the same posts it judges in the same process, without a database; `ratio` is posts with topics in
times of that. Both count seconds of the processor, so that whatever else runs matters little. Memory is the
process's peak while the classifier is not loaded.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
JUDGED = 2_000
THINGS = """Sohle Öse Naht Schnürsenkel Paket Lieferung Rücksendung Gutschein Rechnung App Anmeldung Hotline
Laden Kasse Größe Farbe Reißverschluss Jacke Uhr Akku Laufband Einlage Verkäufer Garantie Bestellung Karton"""
FAULTS = (
    "kaputt",
    "weg",
    "falsch",
    "zu spät",
    "nicht angekommen",
    "gerissen",
    "viel zu teuer",
    "doppelt berechnet",
)
FRAMES = (
    "Schon wieder: {0} {1}, seit {2} Tagen hört man nichts.",
    "{0} {1}. {3} auch. Was soll das?",
    "Nach {2} Wochen ist {0} {1}, und keiner antwortet.",
    "Hat noch wer das Problem, dass {0} {1} ist? Bei {3} war es letztes Mal genauso.",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--posts", type=int, default=100_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as var:
        (Path(var) / "static").mkdir()
        os.environ.update(KULANZ_VAR=var, KULANZ_DATABASE_URL="", KULANZ_SECRET_KEY="only-for-the-bench")
        print(json.dumps(measure(options.posts)))


def measure(posts: int) -> dict[str, object]:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from trends.models import Fact, Topic
    from trends.topics.stage import topics

    fill(posts)
    topics(now=NOW, size=1)
    before, slowest, begin, at = memory(), 0.0, time.process_time(), NOW
    while True:
        at += timedelta(minutes=1)
        start, waiting = time.process_time(), Fact.objects.filter(topic_at=None).exists()
        found = topics(now=at)
        if not waiting:
            slowest = max(slowest, time.process_time() - start)
        if not found:
            break
    seconds = time.process_time() - begin
    peak = memory()
    verdicts = judged_per_second()
    return {
        "bench": "topics",
        "posts": posts,
        "posts_per_cpu_s": round(posts / seconds),
        "verdicts_per_cpu_s": round(verdicts),
        "ratio": round(posts / seconds / verdicts, 2),
        "map_cpu_s": round(slowest, 2),
        "topics": Topic.objects.count(),
        "placed": round(Fact.objects.exclude(topic=None).count() / posts, 3),
        "peak_mb": peak,
        "grown_mb": peak - before,
        "load": round(os.getloadavg()[0], 1),
    }


def fill(posts: int) -> None:
    from listeners.models import Author, Mention, Source
    from trends.models import Fact

    source = Source.objects.create(slug="bench", brand="zehnschritt", network="file", created_at=NOW)
    authors = Author.objects.bulk_create(
        Author(network="file", native_id=str(number), handle=f"bench{number}") for number in range(500)
    )
    for first in range(0, posts, 5_000):
        numbers = range(first, min(first + 5_000, posts))
        mentions = Mention.objects.bulk_create(
            Mention(
                brand=source.brand,
                network="file",
                native_id=str(number),
                source=source,
                author=authors[number % len(authors)],
                text=written(number),
                posted_at=NOW - timedelta(seconds=posts - number),
                seen_at=NOW,
                assessed_at=NOW,
                routed_at=NOW,
                indexed_at=NOW,
            )
            for number in numbers
        )
        Fact.objects.bulk_create(
            Fact(
                mention=mention,
                brand=mention.brand,
                network=mention.network,
                language="de",
                posted_at=mention.posted_at,
                sentiment="negative",
                urgency=1,
                angry=False,
                intent="problem",
            )
            for mention in mentions
        )


def written(number: int) -> str:
    chosen = random.Random(number)
    thing, other = chosen.sample(THINGS.split(), 2)
    return chosen.choice(FRAMES).format(thing, chosen.choice(FAULTS), chosen.randint(2, 20), other)


def judged_per_second() -> float:
    from sentiment.classifier import Classifier

    model, texts = Classifier.load(threads=1), [written(number) for number in range(JUDGED)]
    model.classify(texts[:8])
    begin = time.process_time()
    model.classify(texts)
    return JUDGED / (time.process_time() - begin)


def memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    main()
