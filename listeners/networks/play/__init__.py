"""Reviews on Google Play, over google-api-python-client."""

from __future__ import annotations

from listeners.networks.play.network import Play

__all__ = ["Play"]
