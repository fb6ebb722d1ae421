"""Comments on a channel's videos, over google-api-python-client."""

from __future__ import annotations

from listeners.networks.youtube.network import YouTube

__all__ = ["YouTube"]
