"""Reviews of the App Store, over the App Store Connect API."""

from __future__ import annotations

from listeners.networks.appstore.network import AppStore

__all__ = ["AppStore"]
