"""Registers the room `responders` with Django."""

from __future__ import annotations

from django.apps import AppConfig


class RespondersConfig(AppConfig):
    """The Django app of this room."""

    name = "responders"
    verbose_name = "Responders"
