"""Registers the room `listeners` with Django."""

from __future__ import annotations

from django.apps import AppConfig


class ListenersConfig(AppConfig):
    """The Django app of this room."""

    name = "listeners"
    verbose_name = "Listeners"
