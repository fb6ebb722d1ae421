"""Instagram, over the Graph API."""

from __future__ import annotations

from listeners.networks.instagram.network import Instagram

__all__ = ["Instagram"]
