"""Half an hour of all stand-ins with faults and killed workers, then what is wrong is counted: one JSON line.

    python bench/soak.py [--minutes 30] [--posts 50] [--faults 0.05] [--kill-every 20] [--replies 500]
                         [--networks x trustpilot …]

Posts come `--posts` a second, over one stand-in of each network; the share `--faults` of all calls meets a
fault of the network; two workers listen, assess, route and send, and one of them dies by `kill -9` each
`--kill-every` seconds. Then the faults end, and when all is quiet the stand-ins' own books are compared with
the database. Exits 1 when a post was lost or doubled, or a reply stands twice, ended untruly or has no end.
Where a network lets nobody read again what stands there, a lost answer is for a person to decide: those are
counted apart.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

WORKERS = 2
STAGES = ("listen", "assess", "route", "send")
SLOWEST_POLL_S = 5.0
"""Some networks are asked twice an hour only, which would leave little to measure."""
PATIENCE_S = 900
FAULTS = (
    "cut_before", "rate_limited", "error_before", "error_after", "lose_answer", "cut_body",
    "malformed_json", "malformed_item",
)  # fmt: skip
MET_BY_A_CALL = 5
"""How many of those faults can meet one call: some meet only reads, some only what posts."""
MANY = 10**6
POST = "Seit {0} Tagen kaputt und niemand antwortet, ich bin stinksauer! 😡 Meldung Nr. {0}."
REPLY = "Das tut uns leid! Schickst du uns ein Foto? Antwort {}."
NUMBERED = re.compile(r"Meldung Nr\. (\d+)\.")
ANSWERED = re.compile(r"Antwort (\d+)\.")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--posts", type=float, default=50, help="posts a second, all networks together")
    parser.add_argument("--faults", type=float, default=0.05)
    parser.add_argument("--kill-every", type=float, default=20, metavar="SECONDS")
    parser.add_argument("--replies", type=int, default=500)
    parser.add_argument("--networks", nargs="*", help="default: all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--be-worker", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.be_worker:
        work()
        return
    figures = soak(options)
    print(json.dumps(figures))
    sys.exit(any(figures["wrong"].values()))


def work() -> None:
    """Be a worker until the parent is gone."""
    import django

    django.setup()
    from config.pipeline import Pipeline, named
    from listeners.networks.registry import NETWORKS

    for network in NETWORKS.values():
        network.poll_seconds = min(network.poll_seconds, SLOWEST_POLL_S)
    Pipeline(named(STAGES)).start()
    sys.stdin.read()
    os._exit(0)


def soak(options: argparse.Namespace) -> dict[str, Any]:
    from tests.servers.postgresql import postgresql

    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kulanz-soak-")))
        url = stack.enter_context(postgresql())
        os.environ |= {"KULANZ_DATABASE_URL": url, "KULANZ_VAR": str(folder), "KULANZ_SECRET_KEY": "soak"}
        world = World(folder, options)
        stack.callback(world.close)
        began = time.monotonic()
        world.go(until=began + options.minutes * 60)
        went = time.monotonic() - began
        world.settle()
        return {
            "bench": "soak",
            "minutes": round(went / 60, 1),
            "settled_after_s": round(time.monotonic() - began - went),
            "networks": len(world.fakes),
            "faults": options.faults,
            "kills": world.kills,
            "load": round(os.getloadavg()[0], 1),
            **world.count(),
        }


class World:
    """All stand-ins, two workers, and an agent who answers."""

    def __init__(self, folder: Path, options: argparse.Namespace) -> None:
        import django

        django.setup()
        import httpx
        from django.core.management import call_command

        from tests.contract.fakes import FAKES
        from tests.factories import make_agent

        call_command("migrate", verbosity=0)
        self.options, self.dice, self.log = options, random.Random(options.seed), folder / "workers.log"
        self.kills = self.answered = 0
        self.numbers = itertools.count(1)
        self.session = httpx.Client()
        self.fakes: dict[str, Any] = {}
        for name, make in sorted(FAKES.items()):
            (place := folder / name).mkdir()
            fake = make(_wall_clock(), place, self.session)
            network = fake.network().name
            if network in self.fakes or network not in (options.networks or [network]):
                fake.close()
            else:
                self.fakes[network] = fake
        for network, fake in self.fakes.items():
            self._admit(network, fake)
        self.agent = make_agent()
        self.workers = [self._worker() for _ in range(WORKERS)]

    def _admit(self, network: str, fake: Any) -> None:
        """Give a stand-in its people, its faults and a source."""
        from listeners.models import Source

        fake.handles = (f"runner{number}" for number in itertools.count())
        share = self.options.faults / MET_BY_A_CALL
        fake.server.dial(
            **dict.fromkeys(FAULTS, share),
            duplicates=self.options.faults,
            reorder=self.options.faults,
            retry_after="2",
            calls_left=MANY,
            seed=self.dice.randrange(MANY),
        )
        slug, account, now = network.replace("_", "-"), fake.network().account, datetime.now(UTC)
        for secret, value in account.secrets.items():
            os.environ[f"KULANZ_SECRET_{network.upper()}__{secret.upper()}"] = value
        Source.objects.create(
            slug=slug, brand="zehnschritt", network=network, query=account.query, created_at=now,
            settings=dict(account.settings), next_fetch_at=now,
        )  # fmt: skip

    def _worker(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, __file__, "--be-worker"]
        with self.log.open("ab") as log:
            return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=log, stderr=log)

    def go(self, *, until: float) -> None:
        """Let people post, the agent answer and workers die."""
        began = time.monotonic()
        span = until - began
        while (passed := time.monotonic() - began) < span:
            self._publish(due=passed * self.options.posts)
            if self.kills < int(passed / self.options.kill_every):
                self._kill()
            # Caught up with at once, since after a slow moment there would be fewer replies.
            while self.answered < passed / span * self.options.replies and self._answer():
                pass
            time.sleep(0.05)

    def _publish(self, *, due: float) -> None:
        while (number := next(self.numbers)) <= due:
            self.dice.choice(list(self.fakes.values())).publish(POST.format(number))
        self.numbers = itertools.chain([number], self.numbers)

    def _kill(self) -> None:
        victim = self.dice.randrange(WORKERS)
        os.kill(self.workers[victim].pid, signal.SIGKILL)
        self.workers[victim].wait()
        self.workers[victim] = self._worker()
        self.kills += 1

    def _answer(self) -> bool:
        """Answer a case that nobody has answered; False where none was found that takes an answer."""
        from responders import claims, outbox
        from responders.models import Case, Claim, Reply
        from responders.refusal import Refusal

        now = datetime.now(UTC)
        recent = list(Case.objects.order_by("-pk").values_list("pk", flat=True)[:500])
        waiting = Case.objects.filter(pk__in=recent, replies__isnull=True, claims__isnull=True)
        newest = list(waiting.filter(latest_mention__can_reply=True))
        for case in self.dice.sample(newest, min(5, len(newest))):
            if not isinstance(claims.take(case.pk, agent=self.agent, now=now), Claim):
                continue
            reply = outbox.queue_reply(
                case.pk, agent=self.agent, text=REPLY.format(self.answered + 1), form_key=uuid.uuid4(),
                newest_mention_id=case.latest_mention_id, now=now,
            )  # fmt: skip
            if isinstance(reply, Refusal):
                continue
            assert isinstance(reply, Reply)
            self.answered += 1
            return True
        return False

    def settle(self) -> None:
        """End all faults and wait until nothing moves any more, or for a quarter of an hour."""
        from listeners.models import Source

        for fake in self.fakes.values():
            fake.server.dial(calls_left=MANY)
        Source.objects.filter(failures__gt=0).update(next_fetch_at=datetime.now(UTC))
        gives_up = time.monotonic() + PATIENCE_S
        while time.monotonic() < gives_up and not self._is_quiet():
            time.sleep(2)

    def _is_quiet(self) -> bool:
        counted = self.count()
        return not counted["wrong"]["posts_lost"] and not counted["wrong"]["replies_without_end"]

    def count(self) -> dict[str, Any]:
        """Compare the stand-ins' own books with the database."""
        from listeners.models import Mention, Source
        from responders.models import Reply
        from tests.contract.fakes import FORGETFUL

        posted = {
            number: network
            for network, fake in self.fakes.items()
            for row in fake.server.book.after(fake.key, 0, 10**9)
            for number in NUMBERED.findall(row.item["text"])
        }
        texts = Mention.objects.values_list("text", flat=True)
        stored = Counter(number for text in texts for number in NUMBERED.findall(text))
        lost = Counter(network for number, network in posted.items() if number not in stored)
        answers = [text for fake in self.fakes.values() for _, text in fake.replies()]
        standing = Counter(number for text in answers for number in ANSWERED.findall(text))
        state = Reply.State
        replies = list(Reply.objects.values_list("text", "state", "mention__network", "error"))
        ends = {ANSWERED.findall(text)[0]: end for text, end, _, _ in replies}
        left = [(network, error) for _, end, network, error in replies if end == state.UNDECIDED]
        undecided = Counter(network for network, _ in left)
        known = {state.SENT: True, state.FAILED: False}
        disabled = Source.objects.exclude(state=Source.State.ACTIVE)
        return {
            "posts": len(posted),
            "replies": len(replies),
            "replies_by_end": dict(Counter(ends.values())),
            "lost_on": dict(lost),
            "undecided_on": dict(undecided),
            "undecided_for": sorted({error for _, error in left}),
            "sources_disabled": list(disabled.values_list("slug", flat=True)),
            "wrong": {
                "posts_lost": lost.total(),
                "posts_doubled": stored.total() - len(stored),
                "replies_sent_twice": standing.total() - len(standing),
                "replies_told_untruly": sum(
                    known[state(end)] != (number in standing) for number, end in ends.items() if end in known
                ),
                "replies_without_end": sum(
                    end not in (state.SENT, state.FAILED, state.UNDECIDED) for end in ends.values()
                ),
                "replies_undecided_where_they_can_be_found": sum(
                    count for network, count in undecided.items() if network not in FORGETFUL
                ),
            },
        }

    def close(self) -> None:
        """End all processes and servers."""
        for worker in self.workers:
            worker.kill()
            worker.wait()
        for fake in self.fakes.values():
            fake.close()
        self.session.close()


def _wall_clock() -> Any:
    from tests.contract.fakes import Watch

    class WallClock(Watch):
        def __init__(self) -> None:
            """Need no time."""

        @property
        def now(self) -> datetime:  # type: ignore[override]
            return datetime.now(UTC)

    return WallClock()


if __name__ == "__main__":
    main()
