"""Threads, over its part of the Graph API."""

from __future__ import annotations

from listeners.networks.threads.network import Threads

__all__ = ["Threads"]
