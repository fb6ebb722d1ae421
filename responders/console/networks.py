"""What the console needs to know of networks: a name, a letter, and how long an answer may be."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True)
class Badge:
    """A network as a letter in a square, and its name."""

    letter: str
    label: str


@cache
def badge(network: str) -> Badge:
    """Return a network's badge."""
    from listeners.networks import registry

    label = registry.label(network)
    return Badge(label[:1].upper(), label)
