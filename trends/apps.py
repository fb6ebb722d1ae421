"""Registers the room `trends` with Django."""

from __future__ import annotations

from django.apps import AppConfig


class TrendsConfig(AppConfig):
    """The Django app of this room."""

    name = "trends"
    verbose_name = "Trends"
