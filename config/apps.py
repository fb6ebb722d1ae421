"""The Django app that brings the commands of `config` and validates the configuration at start."""

from __future__ import annotations

from django.apps import AppConfig

from config import logs


class KulanzConfig(AppConfig):
    """Makes `config` visible to Django, and the log safe to show."""

    name = "config"
    verbose_name = "Kulanz"

    def ready(self) -> None:
        """Set up the log."""
        logs.configure()
