"""Measures 20,000 posts on their way from a file to the queue, on SQLite and on PostgreSQL: one JSON line.

    python bench/pipeline.py [--posts 20000] [--file posts.csv.gz]

Posts are real complaints where `--file` names some, else invented ones. Each database gets a process of its
own. The model's time is what `Classifier.classify` takes, tokens and language included; all else (reading,
storing, assessments, routing) is overhead.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

THINGS = [
    "Sohle",
    "Öse",
    "Lieferung",
    "Rechnung",
    "App",
    "Hotline",
    "zipper",
    "parcel",
    "refund",
    "size",
    "heel",
]
MOODS = [
    "Seit {n} Tagen warte ich auf Antwort zu {t}, das ist eine Frechheit!",
    "{t}: nach {n} Wochen kaputt, ich will mein Geld zurück",
    "Danke an das Team, {t} passt jetzt, {n} Sterne",
    "Kann mir jemand sagen, wann {t} wieder da ist? Bestellung {n}",
    "My {t} broke after {n} runs and nobody answers. Unacceptable!",
    "Love the new {t}, did {n} km today",
    "Someone ordered a {t} for {n} euros with my account, please help",
    "{t} {n}",
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=20_000)
    parser.add_argument("--file", type=Path, help="a CSV, JSONL or JSON file to take the texts from")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        print(json.dumps(measure(options.file)))
        return
    with tempfile.TemporaryDirectory(prefix="kulanz-bench-") as folder:
        file = Path(folder) / "posts.jsonl"
        write_posts(file, options.posts, options.file)
        figures: dict[str, Any] = {"bench": "pipeline", "posts": options.posts, "cores": os.cpu_count()}
        for name, start in DATABASES.items():
            with start() as url:
                figures[name] = in_own_process(file, url)
    figures["target"] = {"model_share": 0.6}
    print(json.dumps(figures))


def write_posts(file: Path, count: int, real: Path | None) -> None:
    dice = random.Random(7)
    texts = real_texts(real) if real else []
    with file.open("w", encoding="utf-8") as out:
        for number in range(count):
            text = texts[number % len(texts)] if texts else invented(dice)
            post = {
                "id": f"post-{number:08}",
                "text": text,
                "posted_at": f"2026-11-{1 + number * 23 // count:02}T{number % 24:02}:{number % 60:02}:00Z",
                "author": {
                    "handle": f"runner{dice.randrange(count * 3 // 4)}",
                    "followers": dice.randrange(9000),
                },
            }
            out.write(json.dumps(post, ensure_ascii=False) + "\n")


def real_texts(file: Path) -> list[str]:
    from listeners.importing.lines import Row
    from listeners.importing.readers import open_rows

    with contextlib.closing(open_rows(file)) as opened:
        return [text for row in opened.rows if isinstance(row, Row) and (text := row.cells.get("text"))]


def invented(dice: random.Random) -> str:
    sentences = (
        dice.choice(MOODS).format(t=dice.choice(THINGS), n=dice.randrange(2, 400))
        for _ in range(dice.randint(1, 3))
    )
    return " ".join(sentences)


@contextlib.contextmanager
def sqlite() -> Iterator[str]:
    yield ""


@contextlib.contextmanager
def postgresql() -> Iterator[str]:
    from tests.servers import postgresql as server

    with server.postgresql() as url:
        yield url


DATABASES: dict[str, Callable[[], contextlib.AbstractContextManager[str]]] = {
    "sqlite": sqlite,
    "postgresql": postgresql,
}


def in_own_process(file: Path, url: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="kulanz-bench-") as var:
        environment = os.environ | {
            "KULANZ_VAR": var,
            "KULANZ_DATABASE_URL": url,
            "KULANZ_SECRET_KEY": "bench",
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }
        command = [sys.executable, __file__, "--worker", "--file", str(file)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment)
        return dict(json.loads(done.stdout))


def measure(file: Path) -> dict[str, Any]:
    import django

    django.setup()
    from django.core.management import call_command
    from django.utils import timezone

    from listeners.models import Mention
    from responders.models import Case
    from responders.route import route
    from sentiment.assess import assess
    from sentiment.service import classifier

    call_command("migrate", verbosity=0)
    model = Stopwatch(classifier())
    model.classify(["warm up"])
    model.seconds = 0.0
    now = timezone.now()
    seconds = {
        "import": timed(lambda: import_file(file)),
        "assess": timed(lambda: exhaust(lambda: assess(now=now, model=model))),  # type: ignore[arg-type]
        "route": timed(lambda: exhaust(lambda: route(now=now))),
    }
    total, posts = sum(seconds.values()), Mention.objects.filter(routed_at__isnull=False).count()
    return {
        "posts_per_second": round(posts / total, 1),
        "model_share": round(model.seconds / total, 3),
        "overhead_share": round(1 - model.seconds / total, 3),
        "seconds": {name: round(value, 2) for name, value in (*seconds.items(), ("model", model.seconds))},
        "routed": posts,
        "cases": Case.objects.count(),
    }


class Stopwatch:
    """A classifier whose time is taken."""

    def __init__(self, inner: Any) -> None:
        self.inner, self.seconds = inner, 0.0

    def classify(self, *arguments: Any) -> Any:
        """Judge as the classifier does."""
        started = time.perf_counter()
        try:
            return self.inner.classify(*arguments)
        finally:
            self.seconds += time.perf_counter() - started


def import_file(file: Path) -> None:
    from django.utils import timezone

    from config.brand_files import brand
    from listeners.importing.run import import_source, plan, run

    about, now = brand("zehnschritt"), timezone.now()
    planned = plan(file, brand=about, network="file", overrides={}, now=now)
    run(planned, source=import_source(about, "file", now=now), report=lambda _: None)


def exhaust(stage: Callable[[], int]) -> None:
    while stage():
        pass


def timed(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
