"""The numbers among a source's settings, refused before a network stumbles over one that is none."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from listeners.exceptions import InputError

MOST: Mapping[str, int] = MappingProxyType(
    {"page_size": 1000, "timeout_s": 120, "look_back_days": 3650, "silence_s": 3600}
)
"""The most that each may be; a network may take less and then takes its own most."""
WHOLE = frozenset({"page_size"})


def refuse_nonsense(settings: Mapping[str, Any], *, source: str) -> None:
    """Raise InputError for a setting that is no number, not above 0 or beyond all sense."""
    for name in MOST.keys() & settings.keys():
        kind = int if name in WHOLE else float
        try:
            makes_sense = 0 < kind(settings[name]) <= MOST[name]
        except (ValueError, TypeError, OverflowError):
            makes_sense = False
        if not makes_sense:
            what = "whole number" if name in WHOLE else "number"
            raise InputError(
                f"Source {source}: the setting {name} must be a {what} above 0 and at most {MOST[name]:,}, "
                f"not {settings[name]!r}."
            )
