"""The Django app that brings the commands of `config` and validates the configuration at start."""

from __future__ import annotations

import structlog
from django.apps import AppConfig

from config import logs, traces


class KulanzConfig(AppConfig):
    """Makes `config` visible to Django, and the log safe to show."""

    name = "config"
    verbose_name = "Kulanz"

    def ready(self) -> None:
        """Set up traces and the log, unless whoever runs Kulanz did: Airflow reads what its tasks write."""
        if not structlog.is_configured():
            logs.configure()
        traces.configure()
