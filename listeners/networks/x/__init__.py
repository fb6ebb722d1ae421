"""X, over tweepy."""

from __future__ import annotations

from listeners.networks.x.network import X

__all__ = ["X"]
