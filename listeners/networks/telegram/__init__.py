"""Telegram, over its Bot API."""

from __future__ import annotations

from listeners.networks.telegram.network import Telegram

__all__ = ["Telegram"]
