"""What Airflow's DAGs read of the environment while they are parsed; needs nothing but Python."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping


def pools(text: str | None = None) -> dict[str, int]:
    """Read `mastodon=4 x=2`, by default from `KULANZ_POOLS`: how many fetches of a network go on at a time.

    Raises ValueError for anything else.
    """
    words = (os.environ.get("KULANZ_POOLS", "") if text is None else text).split()
    found = [re.fullmatch(r"([a-z][a-z0-9_]*)=([1-9][0-9]{0,2})", word) for word in words]
    if not all(found) or len({one[1] for one in found if one}) < len(words):
        raise ValueError("write network=number with spaces between them, each network once: mastodon=4 x=2")
    return {one[1]: int(one[2]) for one in found if one}


def pool(network: str) -> str:
    """Return the name of a network's pool in Airflow."""
    return f"kulanz_{network}"


def for_airflow(wanted: Mapping[str, int]) -> dict[str, dict[str, object]]:
    """Return pools as `airflow pools import` reads them."""
    return {
        pool(network): {
            "slots": slots,
            "description": f"Fetches from {network} at a time",
            "include_deferred": False,
        }
        for network, slots in wanted.items()
    }


def listen_seconds() -> int:
    """Return how often sources that are due are looked for."""
    return int(os.environ.get("KULANZ_LISTEN_SECONDS") or 10)
