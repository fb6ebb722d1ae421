"""Measures how long a post takes from the demo network to a case on an open browser page: one JSON line.

    python bench/time_to_screen.py [--posts 40] [--every 1.5]

The demo network runs here, `kulanz run` and `kulanz web` as processes of their own on a fresh SQLite
database, and Chromium looks at the queue. A post counts as shown when it stands in the list or is counted
by its "n new" pill.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET_SECONDS = 3.0
COUNT_CASES = """() => {
  const pill = document.querySelector("#pill");
  const behind = pill.hidden ? 0 : parseInt(pill.textContent);
  return document.querySelectorAll("#rows > li[id]").length + behind;
}"""
WATCH = f"""() => {{
  const count = {COUNT_CASES};
  window.shownAt = [];
  const note = () => {{
    while (window.shownAt.length < count()) window.shownAt.push(Date.now() / 1000);
    requestAnimationFrame(note);
  }};
  note();
}}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=40)
    parser.add_argument("--every", type=float, default=1.5, help="seconds between two posts")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kulanz-bench-") as folder:
        prepare(Path(folder))
        seconds = sorted(measure(Path(folder), options.posts, options.every))
    p95 = seconds[max(round(len(seconds) * 0.95) - 1, 0)]
    figures = {
        "bench": "time_to_screen",
        "unit": "seconds from visible on the network to a case on an open page",
        "posts": len(seconds),
        "p50": round(statistics.median(seconds), 2),
        "p95": round(p95, 2),
        "max": round(seconds[-1], 2),
        "target_p95": TARGET_SECONDS,
        "ratio": round(p95 / TARGET_SECONDS, 2),
    }
    print(json.dumps(figures))


def prepare(folder: Path) -> None:
    os.environ.update(
        KULANZ_VAR=str(folder),
        KULANZ_DATABASE_URL="",
        KULANZ_SECRET_KEY="bench",
        DJANGO_SETTINGS_MODULE="config.settings",
        DJANGO_ALLOW_ASYNC_UNSAFE="1",
    )
    sys.path.insert(0, str(ROOT))
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


def measure(folder: Path, posts: int, every: float) -> list[float]:
    from config.demo import cast, listen_to
    from listeners.networks.demo import serve
    from listeners.networks.demo.script import Author, Entry, Script

    mira = cast(book=folder / "logins.json")[0]
    lead_in = 30.0
    people = {f"runner{n}": Author(network="facebook", name=f"Runner {n}") for n in range(posts)}
    entries = {
        f"post{n}": Entry(
            by=f"runner{n}",
            at=(lead_in + n * every) / 60,
            text=f"@zehnschritt Paar {n} ist nach zwei Wochen kaputt. Ich will mein Geld zurück, sofort!",
        )
        for n in range(posts)
    }
    port = free_port()
    with serve(
        folder / "network.sqlite3", clock=lambda: datetime.now(UTC), speed=1, script=Script(people, entries)
    ) as network:
        started = time.time()
        listen_to(network.url, now=datetime.now(UTC))
        with process("run"), process("web", "--port", str(port)):
            shown = watch(
                port, mira.username, mira.password, posts, until=started + lead_in + posts * every + 30
            )
    if len(shown) < posts:
        sys.exit(f"Only {len(shown)} of {posts} posts were shown in time.")
    return [at - (started + lead_in + n * every) for n, at in enumerate(shown)]


@contextlib.contextmanager
def process(*arguments: str) -> Iterator[None]:
    running = subprocess.Popen(
        [sys.executable, "-m", "config.command", *arguments], cwd=ROOT, stdout=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        running.terminate()
        running.wait(30)


def watch(port: int, username: str, password: str, posts: int, *, until: float) -> list[float]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("google-chrome"), args=["--no-sandbox"]
        )
        page = browser.new_page()
        wait_for(port)
        page.goto(f"http://127.0.0.1:{port}/")
        page.fill("input[name=username]", username)
        page.fill("input[name=password]", password)
        page.keyboard.press("Enter")
        page.wait_for_selector("#rows")
        page.evaluate(WATCH)
        while time.time() < until and page.evaluate("window.shownAt.length") < posts:
            page.wait_for_timeout(250)
        shown = page.evaluate("window.shownAt")
        browser.close()
    return [float(at) for at in shown]


def wait_for(port: int) -> None:
    for _ in range(200):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.1)
    sys.exit("The console did not start.")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main()
