"""Measures how fast posts come from each network's stand-in into PostgreSQL, two workers: one JSON line.

    python bench/intake.py [--networks x_search …] [--posts 4000] [--memory 10000 100000]

There are two stand-ins and two sources of each network, for a source is read by one worker at a time.
`fake_alone` makes the very same requests again, two at a time, with a bare httpx client that throws the
answers away: where `ratio` is near 1 the stand-in is the limit and not Kulanz. Everything shares the
machine's cores.
Memory is the larger worker's peak after so many posts of X.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

WORKERS = 2
GOAL = 2_000
"""Posts a second for X."""
GOAL_FOR = "x_search"
FLAT = 1.15
"""How much larger the peak may be after the many posts than after the few."""
PATIENCE_S = 120
FORGETS_EVERY = 100
"""Rounds after which a worker forgets what networks said of calls left, and the pauses after it: else X's 300
calls in a quarter of an hour would be what is measured."""
TEXT = "Seit {} Tagen warte ich auf Antwort, die Sohle löst sich schon wieder. 😡 Was nun?"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--networks", nargs="*", help="names of the contract suite; default: all")
    parser.add_argument("--posts", type=int, default=4_000, help="posts of each network")
    parser.add_argument("--memory", type=int, nargs="*", default=[10_000, 100_000], help="posts of X")
    parser.add_argument("--be", choices=list(ROLES), help=argparse.SUPPRESS)
    parser.add_argument("--of", default="", help=argparse.SUPPRESS)
    parser.add_argument("--number", type=int, default=0, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.be:
        ROLES[options.be](options)
    else:
        print(json.dumps(compare(options)))


def compare(options: argparse.Namespace) -> dict[str, Any]:
    names = _all_names() if options.networks is None else options.networks
    figures = {name: measure(name, options.posts) for name in names}
    peaks = {posts: measure(GOAL_FOR, posts) for posts in sorted(options.memory)}
    memory = {str(posts): figure["peak_mb"] for posts, figure in peaks.items()}
    sizes = list(memory.values())
    return {
        "bench": "intake",
        "workers": WORKERS,
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "networks": figures,
        "x_many": {str(posts): figure["posts_per_second"] for posts, figure in peaks.items()},
        "x_peak_mb": memory,
        "x_memory_is_flat": sizes[-1] <= sizes[0] * FLAT if len(sizes) > 1 else None,
        "goal": {"x_posts_per_second": GOAL},
    }


def _all_names() -> list[str]:
    import django

    django.setup()
    from tests.contract.fakes import FAKES

    return sorted(FAKES)


def measure(name: str, posts: int) -> dict[str, Any]:
    """Fill two stand-ins with half of the posts each, read them into a new database, then ask them again."""
    from tests.servers.postgresql import postgresql

    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kulanz-bench-")))
        of = f"{name}:{posts // WORKERS}"
        stands = [
            stack.enter_context(Process("stand-in", of=of, number=number, environment=os.environ))
            for number in range(WORKERS)
        ]
        accounts = [json.loads(stand.line()) for stand in stands]
        expected = sum(account["reads"] for account in accounts)
        url = stack.enter_context(postgresql())
        environment = environment_of(folder, url, accounts)
        prepare(folder, accounts, environment)
        seconds, ends = together("worker", environment, stored_all(url, expected))
        for number, stand in enumerate(stands):
            (folder / f"calls-{number}.json").write_text(stand.ask("calls"))
        alone, _ = together("reader", environment, None, of=str(folder))
    rate, alone_rate = expected / seconds, expected / alone
    figure = {
        "posts": expected,
        "posts_per_second": round(rate),
        "fake_alone": round(alone_rate),
        "ratio": round(rate / alone_rate, 2),
        "peak_mb": max(end["peak_mb"] for end in ends),
    }
    print(name, json.dumps(figure), file=sys.stderr, flush=True)
    return figure


def environment_of(folder: Path, url: str, accounts: Sequence[dict[str, Any]]) -> dict[str, str]:
    secrets = {
        f"KULANZ_SECRET_STAND_IN_{number}__{secret.upper()}": value
        for number, account in enumerate(accounts)
        for secret, value in account["secrets"].items()
    }
    return {
        **os.environ,
        **secrets,
        "KULANZ_DATABASE_URL": url,
        "KULANZ_BRANDS": str(folder / "brands"),
        "KULANZ_VAR": str(folder),
        "KULANZ_SECRET_KEY": "bench",
    }


def prepare(folder: Path, accounts: Sequence[dict[str, Any]], environment: dict[str, str]) -> None:
    """Make the tables, and a source with a brand of its own for each stand-in."""
    (folder / "brands").mkdir()
    for number in range(len(accounts)):
        shutil.copy(
            ROOT / "config" / "brands" / "zehnschritt.yaml", folder / "brands" / f"brand{number}.yaml"
        )
    with Process("preparer", of=json.dumps(accounts), environment=environment) as process:
        process.line()


def stored_all(url: str, expected: int) -> Callable[[], bool]:
    """Return what says whether all posts are in the database."""
    import psycopg

    connection = psycopg.connect(url, autocommit=True)

    def is_so() -> bool:
        row = connection.execute("SELECT count(*) FROM listeners_mention").fetchone()
        return row is not None and row[0] >= expected

    return is_so


def together(
    role: str, environment: dict[str, str], is_done: Callable[[], bool] | None, *, of: str = ""
) -> tuple[float, list[dict[str, Any]]]:
    """Let two processes begin at once; returns the seconds until all is done, and their last words."""
    with contextlib.ExitStack() as stack:
        crew = [
            stack.enter_context(Process(role, of=of, number=number, environment=environment))
            for number in range(WORKERS)
        ]
        for process in crew:
            process.line()
        began = time.perf_counter()
        for process in crew:
            process.tell("go")
        while is_done is not None and not is_done():
            if time.perf_counter() - began > PATIENCE_S:
                sys.exit(f"{role}: not done after {PATIENCE_S} s")
            time.sleep(0.02)
        seconds = time.perf_counter() - began
        ends = [json.loads(process.ask("stop")) for process in crew]
        return (seconds if is_done else max(end["seconds"] for end in ends)), ends


class Process:
    """A process of this file in another role, spoken to line by line."""

    def __init__(
        self, role: str, *, of: str = "", number: int = 0, environment: os._Environ[str] | dict[str, str]
    ) -> None:
        command = [sys.executable, __file__, "--be", role, "--of", of, "--number", str(number)]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=environment)

    def line(self) -> str:
        """Wait for its next line."""
        assert self._process.stdout
        if line := self._process.stdout.readline():
            return line
        sys.exit(f"{' '.join(self._process.args[2:4])} failed")  # type: ignore[index,misc]

    def tell(self, word: str) -> None:
        """Send a line."""
        assert self._process.stdin
        self._process.stdin.write(word + "\n")
        self._process.stdin.flush()

    def ask(self, word: str) -> str:
        """Send a line and wait for one."""
        self.tell(word)
        return self.line()

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait()


def say(words: object) -> None:
    print(json.dumps(words), flush=True)


def be_a_stand_in(options: argparse.Namespace) -> None:
    """Serve a network in which many people have posted; when asked, tell the calls that came."""
    import django
    import httpx

    django.setup()
    from listeners.networks.demo.handler import Handler
    from tests.contract.fakes import FAKES

    name, _, posts = options.of.partition(":")
    calls: list[tuple[str, str, dict[str, str], str]] = []
    answer = Handler._network_call

    def noted(self: Any, kind: Any, parts: Any, query: Any, raw: bytes) -> None:
        calls.append((self.command, self.path, dict(self.headers.items()), raw.decode("latin-1")))
        answer(self, kind, parts, query, raw)

    Handler._network_call = noted  # type: ignore[method-assign]
    with tempfile.TemporaryDirectory(prefix="kulanz-bench-") as folder, httpx.Client() as session:
        watch = clock(datetime.now(UTC) - timedelta(seconds=1 + options.number))
        fake = FAKES[name](watch, Path(folder), session)
        fake.handles = (f"runner{number}" for number in itertools.count())  # type: ignore[attr-defined]
        fake.server.dial(calls_left=10**6)  # type: ignore[attr-defined]
        published = fake.publish(*(TEXT.format(number) for number in range(int(posts))))
        # Else both stand-ins would count their posts alike, and the same ids are the same posts.
        fake.server.book._db.execute(f"UPDATE posts SET rowid = rowid + {options.number * 10**6}")  # type: ignore[attr-defined]
        watch.at = None
        network = fake.network(page_size=100)
        account = network.account
        say(
            {
                "network": network.name,
                "query": account.query,
                "settings": dict(account.settings),
                "secrets": dict(account.secrets),
                "reads": min(len(published), fake.reach or len(published)),
            }
        )
        for _ in sys.stdin:
            say({"url": fake.server.url, "calls": calls})  # type: ignore[attr-defined]
        fake.close()


def clock(at: datetime) -> Any:
    """Return a clock that stands until its `at` is None and goes from then on."""
    from tests.contract.fakes import Watch

    class Clock(Watch):
        def __init__(self) -> None:
            self.at: datetime | None = at

        @property
        def now(self) -> datetime:  # type: ignore[override]
            return self.at or datetime.now(UTC)

    return Clock()


def be_a_preparer(options: argparse.Namespace) -> None:
    """Make the tables and the sources."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.utils import timezone

    from listeners.models import Source

    call_command("migrate", verbosity=0)
    for number, account in enumerate(json.loads(options.of)):
        Source.objects.create(
            slug=f"stand-in-{number}",
            brand=f"brand{number}",
            network=account["network"],
            query=account["query"],
            settings=account["settings"],
            created_at=timezone.now(),
            next_fetch_at=timezone.now(),
        )
    say("ready")


def be_a_worker(options: argparse.Namespace) -> None:
    """Listen until told to stop."""
    import django

    django.setup()
    from django.db import connection
    from django.utils import timezone

    from listeners.listen import listen
    from listeners.models import Budget, Source
    from listeners.networks.registry import open_network

    for source in Source.objects.all():
        open_network(source, clock=timezone.now).check()
    say("ready")
    sys.stdin.readline()
    stop = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.readline(), stop.set()), daemon=True).start()
    for turn in itertools.count():
        if stop.is_set():
            break
        if turn % FORGETS_EVERY == 0:
            Budget.objects.all().delete()
            Source.objects.filter(next_fetch_at__gt=timezone.now()).update(next_fetch_at=timezone.now())
        if not listen(now=timezone.now()):
            stop.wait(0.01)
    say({"peak_mb": peak_mb()})
    connection.close()


def be_a_reader(options: argparse.Namespace) -> None:
    """Make again the calls that a stand-in got, and throw the answers away."""
    import httpx

    told = json.loads((Path(options.of) / f"calls-{options.number}.json").read_text())
    say("ready")
    sys.stdin.readline()
    began = time.perf_counter()
    with httpx.Client() as client:
        for method, path, headers, raw in told["calls"]:
            kept = {name: value for name, value in headers.items() if name.lower() not in PER_CONNECTION}
            client.request(method, told["url"] + path, headers=kept, content=raw.encode("latin-1")).read()
    seconds = time.perf_counter() - began
    sys.stdin.readline()
    say({"seconds": seconds})


PER_CONNECTION = {"host", "connection", "content-length"}
ROLES: dict[str, Callable[[argparse.Namespace], None]] = {
    "stand-in": be_a_stand_in,
    "preparer": be_a_preparer,
    "worker": be_a_worker,
    "reader": be_a_reader,
}


def peak_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (
        2**20 if sys.platform == "darwin" else 2**10
    )


if __name__ == "__main__":
    main()
