"""Reviews on Trustpilot."""

from __future__ import annotations

from listeners.networks.trustpilot.network import Trustpilot

__all__ = ["Trustpilot"]
