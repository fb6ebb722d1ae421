"""Run the demo network alone: `python -m listeners.networks.demo --port 8100`."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from listeners.networks.demo import serve


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m listeners.networks.demo", description=__doc__)
    parser.add_argument("--book", type=Path, default=Path("var/demo-network.sqlite3"), help="its SQLite file")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8100)
    parser.add_argument("--speed", type=float, default=60.0, help="story minutes per minute")
    options = parser.parse_args()
    with serve(
        options.book,
        clock=lambda: datetime.now(UTC),
        host=options.host,
        port=options.port,
        speed=options.speed,
    ) as server:
        sys.stdout.write(f"Demo network on {server.url} (Ctrl-C ends it; {options.book} keeps its state)\n")
        sys.stdout.flush()
        try:
            server.wait()
        except KeyboardInterrupt:
            sys.stdout.write("\n")


if __name__ == "__main__":
    main()
