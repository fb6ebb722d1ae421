"""Bluesky, over atproto."""

from __future__ import annotations

from listeners.networks.bluesky.network import Bluesky

__all__ = ["Bluesky"]
