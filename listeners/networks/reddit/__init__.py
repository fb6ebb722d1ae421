"""Reddit, over praw."""

from __future__ import annotations

from listeners.networks.reddit.network import Reddit

__all__ = ["Reddit"]
