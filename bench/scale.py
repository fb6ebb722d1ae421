"""Throughput of 1, 2, 4 and 8 `kulanz run` processes on PostgreSQL, and what a post costs: one JSON line.

    python bench/scale.py [--posts 4000] [--workers 1 2 4 8]

Invented posts stand on eight demo networks; the clock runs from the moment all sources are due until each
post is in the queue (`to_queue`) and sifted and indexed too (`posts_per_second`). The peer is one worker:
`speedup` is the ratio. PostgreSQL waits for the disk; it, the networks and the workers share the cores.
`cpu_ms_per_post` is what workers and PostgreSQL computed, less what the workers compute while they idle.

`costs` come from one worker that runs stage after stage alone: milliseconds of processor a post, in the
worker and in PostgreSQL; rows inserted and updated; bytes of write-ahead log. `bytes_per_post` is the
database with its indexes afterwards, as it lies and packed.
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
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

NETWORKS = 8
PAGE = 100
WORKERS = (1, 2, 4, 8)
IDLE_S = 10
PATIENCE_S = 1800
EMPTY = "kulanz"
WAITING = """SELECT (SELECT count(*) FROM listeners_mention WHERE routed_at IS NOT NULL),
    (SELECT count(*) FROM listeners_mention WHERE indexed_at IS NOT NULL),
    (SELECT count(*) FROM responders_casemention WHERE sifted_at IS NULL)"""
CONNECTIONS = "SELECT count(*) - 1 FROM pg_stat_activity WHERE datname = current_database()"
DOUBLED = """SELECT (SELECT count(*) - count(DISTINCT text) FROM listeners_mention),
    (SELECT count(*) - count(DISTINCT mention_id) FROM responders_casemention)"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--posts", type=int, default=4000)
    parser.add_argument("--workers", type=int, nargs="*", default=WORKERS)
    parser.add_argument("--be", choices=list(ROLES), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.be:
        ROLES[options.be](options.posts)
    else:
        print(json.dumps(compare(options)))


def compare(options: argparse.Namespace) -> dict[str, Any]:
    from tests.servers.postgresql import postgresql

    with contextlib.ExitStack() as stack:
        var = stack.enter_context(tempfile.TemporaryDirectory(prefix="kulanz-bench-"))
        url = stack.enter_context(postgresql(is_durable=True)).rpartition("/")[0]
        networks = stack.enter_context(Helper("networks", options.posts, os.environ))
        environment = {
            **os.environ,
            "KULANZ_VAR": var,
            "KULANZ_SECRET_KEY": "bench",
            "KULANZ_MODEL_URL": "",
            "BENCH_NETWORKS": networks.line(),
        }
        with Helper("sources", 0, environment | {"KULANZ_DATABASE_URL": f"{url}/{EMPTY}"}) as sources:
            sources.line()
        costs = cost(url, options.posts, environment)
        print(json.dumps(costs), file=sys.stderr, flush=True)
        runs = {count: throughput(url, count, options.posts, environment) for count in options.workers}
    one = runs[options.workers[0]]["posts_per_second"]
    return {
        "figure": "scale",
        "posts": options.posts,
        "cores": os.cpu_count(),
        "workers": runs,
        "speedup": {count: round(run["posts_per_second"] / one, 2) for count, run in runs.items()},
        "costs": costs,
        "load": round(os.getloadavg()[0], 1),
    }


class Helper:
    """This script as another process, which tells lines and ends with its input."""

    def __init__(self, role: str, posts: int, environment: Any) -> None:
        command = [sys.executable, __file__, "--be", role, "--posts", str(posts)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=dict(environment)
        )

    def line(self) -> str:
        """What it says next, log lines left out."""
        assert self._process.stdout
        for said in self._process.stdout:
            if said[0] in '{["':
                return said.strip()
        sys.exit("A helper of the bench failed; see above.")

    def __enter__(self) -> Helper:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()


def be_networks(posts: int) -> None:
    """Serve the posts, an eighth on each network."""
    from datetime import UTC, datetime

    from bench.pipeline import invented
    from listeners.networks.demo import serve
    from listeners.networks.demo.script import Author, Entry, Script

    dice = random.Random(7)
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kulanz-bench-")))
        urls = []
        for number in range(NETWORKS):
            names = [f"n{number}p{post}" for post in range(number, posts, NETWORKS)]
            people = {
                f"{name}by": Author(network="facebook", followers=dice.randrange(9000)) for name in names
            }
            entries = {
                name: Entry(by=f"{name}by", at=-1, text=f"{invented(dice)} ({name})") for name in names
            }
            server = serve(
                folder / f"{number}.sqlite3", clock=lambda: datetime.now(UTC), script=Script(people, entries)
            )
            urls.append(stack.enter_context(server).url)
        print(json.dumps(urls), flush=True)
        sys.stdin.read()


def be_sources(_: int) -> None:
    """Make the tables, and the sources, which are not due."""
    import django

    django.setup()
    from datetime import timedelta

    from django.core.management import call_command
    from django.utils import timezone

    from listeners.models import Source

    call_command("migrate", verbosity=0)
    now = timezone.now()
    for number, url in enumerate(json.loads(os.environ["BENCH_NETWORKS"])):
        Source.objects.create(
            slug=f"source-{number}", brand="zehnschritt", network="demo_facebook", query=f"feed {number}",
            settings={"base_url": url, "page_size": PAGE}, created_at=now,
            next_fetch_at=now + timedelta(days=1),
        )  # fmt: skip
    print("{}", flush=True)


def be_costs(posts: int) -> None:
    """Run stage after stage until nothing waits, and say what each took."""
    import django

    django.setup()
    from django.db import connection
    from django.utils import timezone

    from config.pipeline import stages
    from listeners.models import Mention
    from sentiment.service import classifier

    classifier().classify(["warm up"])
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    for stage in (stage for stage in stages() if stage.close is None):
        before, handled = meter(connection), 0
        while count := stage.work(now=timezone.now()):
            handled += count
            # The sources are due again every second: on a slow machine they would be for ever.
            if stage.name == "listen" and Mention.objects.count() == posts:
                break
        if handled:
            after = meter(connection)
            figures = {name: round((after[name] - before[name]) / posts, 3) for name in before}
            print(json.dumps({"stage": stage.name, **figures}), flush=True)
    print("{}", flush=True)


def meter(connection: Any) -> dict[str, float]:
    """Read what was used until now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT sum(n_tup_ins), sum(n_tup_upd), pg_current_wal_lsn() - '0/0', pg_backend_pid()"
            " FROM pg_stat_user_tables"
        )
        inserted, updated, log, backend = cursor.fetchone()
    return {
        "worker_cpu_ms": time.process_time() * 1000,
        "postgresql_cpu_ms": server_cpu_ms(int(backend)),
        "rows_inserted": float(inserted),
        "rows_updated": float(updated),
        "log_bytes": float(log),
    }


def server_cpu_ms(backend: int) -> float:
    """Return the processor time of all of the server's processes, those that have ended included."""
    server = int(stat_of(backend)[1])
    fields = [stat_of(int(path.name)) for path in Path("/proc").iterdir() if path.name.isdigit()]
    living = sum(int(one[11]) + int(one[12]) for one in fields if one and one[1] == str(server))
    own = stat_of(server)
    return (living + sum(map(int, own[11:15]))) / os.sysconf("SC_CLK_TCK") * 1000


def stat_of(pid: int) -> list[str]:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return []


ROLES: dict[str, Callable[[int], None]] = {"networks": be_networks, "sources": be_sources, "costs": be_costs}


@contextlib.contextmanager
def database(url: str, name: str) -> Iterator[Any]:
    """Copy the empty database; yields a connection to the copy."""
    import psycopg

    with psycopg.connect(f"{url}/postgres", autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name} TEMPLATE {EMPTY}")
    with psycopg.connect(f"{url}/{name}", autocommit=True) as connection:
        yield connection


def throughput(url: str, count: int, posts: int, environment: dict[str, str]) -> dict[str, Any]:
    """Time so many workers on an empty database."""
    with database(url, f"run{count}") as connection:
        with workers(count, environment | {"KULANZ_DATABASE_URL": f"{url}/run{count}"}) as started:
            idle = idle_ms_per_s(started)
            before = all_cpu_ms(started, connection)
            connection.execute("UPDATE listeners_source SET next_fetch_at = now()")
            in_queue, done = watched(connection, posts)
            used = all_cpu_ms(started, connection) - before
            held = connection.execute(CONNECTIONS).fetchone()[0]
        doubled = connection.execute(DOUBLED).fetchone()
    figures = {
        "posts_per_second": round(posts / done, 1),
        "to_queue": round(posts / in_queue, 1),
        "cpu_ms_per_post": round((used - idle * done) / posts, 1),
        "idle_cpu_ms_per_s": round(idle / count, 1),
        "connections": held,
        "doubled": sum(doubled),
    }
    print(count, json.dumps(figures), file=sys.stderr, flush=True)
    return figures


@contextlib.contextmanager
def workers(count: int, environment: dict[str, str]) -> Iterator[list[int]]:
    """Start `kulanz run` so many times, and wait until all of them look for work."""
    command = [sys.executable, "-u", "-m", "config.command", "run"]
    started = [
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(count)
    ]
    try:
        for process in started:
            assert process.stdout
            process.stdout.readline()
        yield [process.pid for process in started]
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.communicate()


def idle_ms_per_s(pids: list[int]) -> float:
    before = sum(own_cpu_ms(pid) for pid in pids)
    time.sleep(IDLE_S)
    return (sum(own_cpu_ms(pid) for pid in pids) - before) / IDLE_S


def all_cpu_ms(workers: list[int], connection: Any) -> float:
    return sum(own_cpu_ms(pid) for pid in workers) + server_cpu_ms(connection.info.backend_pid)


def own_cpu_ms(pid: int) -> float:
    return sum(map(int, stat_of(pid)[11:13])) / os.sysconf("SC_CLK_TCK") * 1000


def watched(connection: Any, posts: int) -> tuple[float, float]:
    """Wait until all posts are through; returns the seconds to the queue and to the end."""
    began, in_queue = time.monotonic(), 0.0
    while (passed := time.monotonic() - began) < PATIENCE_S:
        routed, indexed, unsifted = connection.execute(WAITING).fetchone()
        if routed == posts and not in_queue:
            in_queue = passed
        if in_queue and indexed == posts and not unsifted:
            return in_queue, passed
        time.sleep(0.25)
    sys.exit(f"Only {indexed} of {posts} posts came through in {PATIENCE_S} s.")


def cost(url: str, posts: int, environment: dict[str, str]) -> dict[str, Any]:
    """Let one worker run stage after stage."""
    with database(url, "costs") as connection:
        empty = size(connection)
        connection.execute("UPDATE listeners_source SET next_fetch_at = now()")
        stages: dict[str, dict[str, float]] = {}
        with Helper("costs", posts, environment | {"KULANZ_DATABASE_URL": f"{url}/costs"}) as helper:
            while figures := json.loads(helper.line()):
                stages[figures.pop("stage")] = figures
        as_it_lies = size(connection)
        connection.execute("VACUUM FULL")
        packed = size(connection)
        largest = connection.execute(
            "SELECT relname, pg_total_relation_size(relid), pg_indexes_size(relid) FROM pg_stat_user_tables"
            " ORDER BY 2 DESC LIMIT 6"
        ).fetchall()
    return {
        "stages": stages,
        "sum": {
            name: round(sum(one[name] for one in stages.values()), 3) for name in next(iter(stages.values()))
        },
        "bytes_per_post": {
            "as_it_lies": round((as_it_lies - empty) / posts),
            "packed": round((packed - empty) / posts),
            "largest": {
                name: {"all": round(all_ / posts), "indexes": round(indexes / posts)}
                for name, all_, indexes in largest
            },
        },
    }


def size(connection: Any) -> int:
    return int(connection.execute("SELECT pg_database_size(current_database())").fetchone()[0])


if __name__ == "__main__":
    main()
