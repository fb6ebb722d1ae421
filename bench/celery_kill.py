"""Kills Celery workers of a real Airflow in the middle of tasks and counts what is wrong: one JSON line.

    python bench/celery_kill.py [--posts 400] [--replies 40] [--minutes 3]

PostgreSQL, Redis, Airflow's components with the CeleryExecutor and two workers of two processes each run on
this machine; invented posts appear on two demo networks and an agent answers some. Once for each of `VICTIMS`
a worker in the middle of such a task is killed with all its processes (SIGKILL) and started anew. Then posts,
verdicts, cases, facts and replies in the database are compared with the networks' own books. `again_after_s`
is how long the killed DAG needed from the kill to its next success. Takes some ten minutes; needs
redis-server and `pip install 'kulanz[airflow]'`.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import psycopg

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

VICTIMS = ("assess", "listen", "send")
WORKERS = ("first", "second")
NETWORKS = 2
LATENCY_S = 0.5
"""Mean time of a network's call, so that a sender is met in the middle of one."""
PATIENCE_S = 900
TEXT = "Number {}: my shoe tore after two weeks, 180 € for nothing! I am furious, answer me now."
REPLY = "Sorry, that is not how it should be. We make it right. ({})"
CELERY = {
    "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
    "AIRFLOW__CELERY__WORKER_CONCURRENCY": "2",
    "AIRFLOW__CELERY__WORKER_PREFETCH_MULTIPLIER": "1",
    "AIRFLOW__CELERY__OPERATION_TIMEOUT": "10",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "60",
    "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT": "60",
    "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT_CHECK_INTERVAL": "15",
}
"""What docs/ops.md says of Celery."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--posts", type=int, default=400)
    parser.add_argument("--replies", type=int, default=40)
    parser.add_argument("--minutes", type=float, default=3, help="in which the posts appear")
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kulanz-bench-")))
        servers = stack.enter_context(backing(home))
        os.environ.update(servers, KULANZ_VAR=str(home / "var"), KULANZ_SECRET_KEY="bench")
        try:
            figures = run(home, stack, options)
        except BaseException:
            shutil.copytree(home, kept := Path(tempfile.mkdtemp(prefix="kulanz-failed-")), dirs_exist_ok=True)
            print(f"The logs are in {kept}.", file=sys.stderr)
            raise
    print(json.dumps(figures))


@contextlib.contextmanager
def backing(home: Path) -> Iterator[dict[str, str]]:
    """Run PostgreSQL and Redis; yields where they are, as variables."""
    from tests.servers.postgresql import postgresql

    with postgresql(is_durable=True) as url, socket.socket() as probe:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE DATABASE airflow")
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
        probe.close()
        command = [
            "redis-server",
            "--port",
            str(port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--dir",
            str(home),
        ]
        redis = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        own = url.rpartition("/")[0].partition("://")[2] + "/airflow"
        try:
            yield {
                "KULANZ_DATABASE_URL": url,
                "AIRFLOW__CELERY__BROKER_URL": f"redis://127.0.0.1:{port}/0",
                "AIRFLOW__CELERY__RESULT_BACKEND": f"db+postgresql://{own}",
                "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"postgresql+psycopg2://{own}",
            }
        finally:
            redis.terminate()
            redis.wait(30)


def run(home: Path, stack: contextlib.ExitStack, options: argparse.Namespace) -> dict[str, Any]:
    from config import local_airflow

    variables = os.environ | local_airflow.environment(
        home, port=free_port(), database=os.environ["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"]
    )
    variables |= CELERY
    local_airflow.STARTS_WITHIN = PATIENCE_S
    local_airflow.passwords(home)
    local_airflow.prepare(home, variables)
    world = World(home, stack, options)
    stack.enter_context(local_airflow.running(home, variables))
    airflow = stack.enter_context(
        psycopg.connect(os.environ["AIRFLOW__CELERY__RESULT_BACKEND"].removeprefix("db+"), autocommit=True)
    )
    team = Team(home, variables)
    stack.callback(team.close)
    world.begin()
    kills = [kill(victim, team, airflow, world) for victim in VICTIMS]
    world.settle()
    ends = airflow.execute("SELECT state, count(*) FROM task_instance GROUP BY 1").fetchall()
    return {
        "figure": "celery_kill",
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "kills": kills,
        "tasks": dict(ends),
        **world.count(),
    }


class Team:
    """The Celery workers."""

    def __init__(self, home: Path, variables: dict[str, str]) -> None:
        self._home, self._variables = home, variables
        self.workers = {name: self._start(name) for name in WORKERS}

    def _start(self, name: str) -> subprocess.Popen[bytes]:
        from config.local_airflow import airflow

        options = ["--celery-hostname", f"{name}@%h", "--pid", str(self._home / f"{name}.pid")]
        with (self._home / f"worker-{name}.log").open("ab") as log:
            return subprocess.Popen(
                airflow("celery", "worker", "--skip-serve-logs", *options),
                env=self._variables, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def holder_of(self, pids: set[int]) -> str:
        """Return the worker that one of these processes belongs to, "" where none does."""
        for name, worker in self.workers.items():
            with contextlib.suppress(psutil.NoSuchProcess):
                if pids & {child.pid for child in psutil.Process(worker.pid).children(recursive=True)}:
                    return name
        return ""

    def kill(self, name: str) -> None:
        """Let a worker and all its processes die at once, and start another in its place."""
        worker = psutil.Process(self.workers[name].pid)
        worker.suspend()
        for process in [*worker.children(recursive=True), worker]:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGKILL)
        self.workers[name].wait()
        self.workers[name] = self._start(name)

    def close(self) -> None:
        """End all workers."""
        from config.local_airflow import stop

        stop(list(self.workers.values()))


def kill(victim: str, team: Team, airflow: Any, world: World) -> dict[str, Any]:
    """Kill a worker in the middle of a task of that DAG."""
    running = "SELECT pid, task_id FROM task_instance WHERE dag_id = %s AND state = 'running' AND pid > 0"
    gives_up = time.monotonic() + PATIENCE_S
    while time.monotonic() < gives_up:
        world.go_on()
        found = dict(airflow.execute(running, [victim]).fetchall())
        if (name := team.holder_of(set(found))) and world.is_at_work(victim):
            break
    else:
        sys.exit(f"No task of {victim} was seen running.")
    at = datetime.now(UTC)
    team.kill(name)
    print(f"Killed {name} in {victim}.", file=sys.stderr, flush=True)
    again = "SELECT min(end_date) FROM dag_run WHERE dag_id = %s AND state = 'success' AND end_date > %s"
    gives_up = time.monotonic() + PATIENCE_S
    while (ended := airflow.execute(again, [victim, at]).fetchone()[0]) is None:
        world.go_on()
        if time.monotonic() > gives_up:
            return {"in": victim, "task": sorted(set(found.values())), "again_after_s": None}
    return {
        "in": victim,
        "task": sorted(set(found.values())),
        "again_after_s": round((ended - at).total_seconds(), 1),
    }


class World:
    """The networks, and an agent who answers."""

    def __init__(self, home: Path, stack: contextlib.ExitStack, options: argparse.Namespace) -> None:
        import django

        django.setup()
        from django.core.management import call_command

        from tests.factories import make_agent

        (home / "var").mkdir(exist_ok=True)
        call_command("migrate", verbosity=0)
        self.home, self.stack, self.options = home, stack, options
        self.dice, self.answered = random.Random(7), 0
        self.agent = make_agent()
        self.servers: list[Any] = []

    def begin(self) -> None:
        """Let people post from now on."""
        from listeners.models import Source
        from listeners.networks.demo import serve
        from listeners.networks.demo.dials import Dials
        from listeners.networks.demo.script import Author, Entry, Script

        now = datetime.now(UTC)
        for number in range(NETWORKS):
            mine = range(number, self.options.posts, NETWORKS)
            people = {f"kim{post}": Author(network="facebook") for post in mine}
            entries = {
                f"p{post}": Entry(
                    by=f"kim{post}",
                    at=post / self.options.posts * self.options.minutes,
                    text=TEXT.format(post),
                )
                for post in mine
            }
            book, script = self.home / f"network{number}.sqlite3", Script(people, entries)
            server = self.stack.enter_context(
                serve(
                    book,
                    clock=lambda: datetime.now(UTC),
                    speed=1,
                    script=script,
                    dials=Dials(latency_s=LATENCY_S),
                )
            )
            self.servers.append(server)
            Source.objects.create(
                slug=f"source-{number}", brand="zehnschritt", network="demo_facebook", query=f"feed {number}",
                settings={"base_url": server.url}, created_at=now, next_fetch_at=now,
            )  # fmt: skip

    def go_on(self) -> None:
        """Let the agent answer a case, if there is one and enough were not answered yet."""
        if self.answered < self.options.replies:
            self._answer()
        time.sleep(0.05)

    def is_at_work(self, victim: str) -> bool:
        """Tell whether a task of that DAG has something in hand."""
        from listeners.models import Mention
        from responders.models import Reply

        if victim == "send":
            return Reply.objects.filter(state=Reply.State.SENDING).exists()
        return victim != "assess" or Mention.objects.filter(assessed_at=None).exists()

    def _answer(self) -> None:
        from responders import claims, outbox
        from responders.models import Case, Claim, Reply

        now = datetime.now(UTC)
        case = Case.objects.filter(replies__isnull=True, claims__isnull=True).order_by("-pk").first()
        if case is None or not isinstance(claims.take(case.pk, agent=self.agent, now=now), Claim):
            return
        reply = outbox.queue_reply(
            case.pk, agent=self.agent, text=REPLY.format(self.answered), form_key=uuid.uuid4(),
            newest_mention_id=case.latest_mention_id, now=now,
        )  # fmt: skip
        self.answered += isinstance(reply, Reply)

    def settle(self) -> None:
        """Wait until nothing moves any more, or until patience ends."""
        gives_up = time.monotonic() + PATIENCE_S
        while time.monotonic() < gives_up and self.is_moving():
            self.go_on()

    def is_moving(self) -> bool:
        """Tell whether something is missing that may still come."""
        counted = self.count()
        return bool(counted["replies"] < self.options.replies or sum(counted["wrong"].values()))

    def count(self) -> dict[str, Any]:
        """Compare the networks' own books with the database."""
        from listeners.models import DeadLetter, Mention
        from responders.models import CaseMention, Reply
        from sentiment.models import Assessment
        from trends.models import Fact

        posted, state = self.options.posts, Reply.State
        texts = Mention.objects.filter(text__startswith="Number ").values_list("text", flat=True)
        standing = Counter(
            row.item["parent_id"] for server in self.servers for _, row in server.book.all_replies()
        )
        replies = list(Reply.objects.values_list("state", "mention__native_id"))
        untrue = sum((end == state.SENT) != (post in standing) for end, post in replies)
        filed = CaseMention.objects.values_list("mention", flat=True)
        return {
            "posts": posted,
            "replies": len(replies),
            "replies_standing": sum(standing.values()),
            "wrong": {
                "posts_lost": posted - len(set(texts)),
                "posts_doubled": len(texts) - len(set(texts)),
                "not_assessed_once": abs(Mention.objects.count() - Assessment.objects.count()),
                "not_routed": Mention.objects.filter(routed_at=None).count(),
                "in_two_cases": len(filed) - len(set(filed)),
                "without_their_one_fact": abs(Mention.objects.count() - Fact.objects.count()),
                "dead_letters": DeadLetter.objects.count(),
                "replies_sent_twice": sum(count - 1 for count in standing.values()),
                "replies_without_end_or_untrue": untrue,
            },
        }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main()
