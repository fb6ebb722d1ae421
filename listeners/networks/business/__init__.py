"""Reviews of a place on Google Maps and Search, over the Business Profile API."""

from __future__ import annotations

from listeners.networks.business.network import Business

__all__ = ["Business"]
