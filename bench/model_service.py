"""What the model service is worth to 1 and 2 workers: posts a second, latency, memory; one JSON line.

    python bench/model_service.py [--posts 1536] [--rounds 3]

`in_process` is the peer: each worker loads the model itself. `service` is `kulanz serve-model` and workers
that ask it, 64 posts at a time as `assess` does, then single posts. `short_task` is what a worker that has
just been made takes for its first 20 posts, as a task of Airflow does each time: seconds, and seconds of
processor in all processes. Memory is the proportional set size of all processes together. Each ratio is the
service's figure by the peer's, medians of the rounds, which alternate.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

WORKERS = (1, 2)
BATCH = 64
SINGLES = 64
SHORT = 20
PATIENCE_S = 120


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--posts", type=int, default=1536)
    parser.add_argument("--rounds", type=int, default=3, help="of which the medians are shown")
    parser.add_argument("--be-worker", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.be_worker is not None:
        work(options.be_worker, options.posts)
        return
    with tempfile.TemporaryDirectory(prefix="kulanz-bench-") as var:
        environment = os.environ | {
            "KULANZ_VAR": var,
            "KULANZ_SECRET_KEY": "bench",
            "KULANZ_MODEL_URL": "",
            "PYTHONPATH": str(ROOT),
        }
        with service(environment) as (url, pid):
            there = environment | {"KULANZ_MODEL_URL": url}
            rounds = [
                {
                    count: (
                        measure(count, options.posts, environment),
                        measure(count, options.posts, there, also=[pid]),
                    )
                    for count in WORKERS
                }
                for _ in range(options.rounds)
            ]
    peer = {count: middle([one[count][0] for one in rounds]) for count in WORKERS}
    own = {count: middle([one[count][1] for one in rounds]) for count in WORKERS}
    print(
        json.dumps(
            {
                "figure": "model_service",
                "posts": options.posts,
                "cores": os.cpu_count(),
                "in_process": peer,
                "service": own,
                "ratios": {count: compare(own[count], peer[count]) for count in WORKERS},
                "load": round(os.getloadavg()[0], 1),
            }
        )
    )


def middle(figures: Sequence[dict[str, float]]) -> dict[str, float]:
    return {name: statistics.median(one[name] for one in figures) for name in figures[0]}


def compare(own: dict[str, float], peer: dict[str, float]) -> dict[str, float]:
    return {name: round(own[name] / peer[name], 2) for name in peer}


@contextlib.contextmanager
def service(environment: dict[str, str]) -> Iterator[tuple[str, int]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "config.command", "serve-model", "--port", str(port)]
    running = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    try:
        url = f"http://127.0.0.1:{port}"
        wait_for(url + "/healthz")
        yield url, running.pid
    finally:
        running.terminate()
        running.wait(PATIENCE_S)


def wait_for(url: str) -> None:
    gives_up = time.monotonic() + PATIENCE_S
    while time.monotonic() < gives_up:
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=5):
            return
        time.sleep(0.1)
    sys.exit("The model service did not start.")


def measure(
    count: int, posts: int, environment: dict[str, str], also: Sequence[int] = ()
) -> dict[str, float]:
    """Let so many workers share the posts; returns what they did together."""
    command = [sys.executable, __file__, "--posts", str(posts // count), "--be-worker"]
    workers = [
        subprocess.Popen(
            [*command, str(seed)], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for seed in range(count)
    ]
    tell(workers)
    before = cpu_seconds(also)
    firsts = [json.loads(line(worker)) for worker in workers]
    extra = (cpu_seconds(also) - before) / count
    everyone = [*also, *(worker.pid for worker in workers)]
    began, before = time.monotonic(), cpu_seconds(everyone)
    tell(workers)
    batches = [json.loads(line(worker)) for worker in workers]
    used = cpu_seconds(everyone) - before
    tell(workers)
    singles = [json.loads(line(worker)) for worker in workers]
    memory = sum(pss(pid) for pid in everyone)
    for worker in workers:
        worker.communicate()
    seconds = max(one["ended"] for one in batches) - began
    return {
        "posts_per_second": round(posts // count * count / seconds, 1),
        "cpu_ms_per_post": round(used / posts * 1000, 2),
        "batch_p50_ms": round(statistics.median(at for one in batches for at in one["seconds"]) * 1000, 1),
        "single_p50_ms": round(statistics.median(at for one in singles for at in one) * 1000, 1),
        "short_task_s": round(statistics.median(one["wall"] for one in firsts), 2),
        "short_task_cpu_s": round(statistics.median(one["cpu"] for one in firsts) + extra, 2),
        "memory_mb": round(memory),
    }


def tell(workers: Sequence[subprocess.Popen[str]]) -> None:
    """Let all workers go on at the same time."""
    for worker in workers:
        assert worker.stdin
        worker.stdin.write("go\n")
        worker.stdin.flush()


def cpu_seconds(pids: Sequence[int]) -> float:
    ticks = os.sysconf("SC_CLK_TCK")
    fields = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in pids]
    return sum(int(one[11]) + int(one[12]) for one in fields) / ticks


def line(worker: subprocess.Popen[str]) -> str:
    assert worker.stdout
    return worker.stdout.readline()


def pss(pid: int) -> float:
    """Return the megabytes of a process, of what it shares its part."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(rollup.split("Pss:")[1].split()[0]) / 1024


def work(seed: int, posts: int) -> None:
    """Be a worker: each part begins when it is told."""
    import django

    django.setup()
    import config.pipeline  # noqa: F401
    from bench.pipeline import invented

    dice = random.Random(seed)
    texts = [invented(dice) for _ in range(posts + SHORT)]
    told()
    cpu = time.process_time()
    wall = timed(texts[posts:])
    say({"wall": wall, "cpu": time.process_time() - cpu})
    told()
    seconds = [timed(texts[at : at + BATCH]) for at in range(0, posts, BATCH)]
    say({"seconds": seconds, "ended": time.monotonic()})
    told()
    say([timed([text]) for text in texts[:SINGLES]])
    told()


def told() -> None:
    sys.stdin.readline()


def say(figures: object) -> None:
    print(json.dumps(figures), flush=True)


def timed(texts: list[str]) -> float:
    from sentiment.service import assessor

    began = time.perf_counter()
    assessor().classify(texts)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
