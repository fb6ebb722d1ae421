"""Facebook Pages, over the Graph API."""

from __future__ import annotations

from listeners.networks.facebook.network import Facebook

__all__ = ["Facebook"]
