"""The Django app that brings the commands of `config` and validates the configuration at start."""

from __future__ import annotations

from django.apps import AppConfig


class KulanzConfig(AppConfig):
    """Makes `config` visible to Django."""

    name = "config"
    verbose_name = "Kulanz"
