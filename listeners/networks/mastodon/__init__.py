"""Mastodon, over Mastodon.py."""

from __future__ import annotations

from listeners.networks.mastodon.network import Mastodon

__all__ = ["Mastodon"]
