"""Registers the room `sentiment` with Django."""

from __future__ import annotations

from django.apps import AppConfig


class SentimentConfig(AppConfig):
    """The Django app of this room."""

    name = "sentiment"
    verbose_name = "Sentiment"
