"""The calls that networks still allow."""

from __future__ import annotations

from django.db import models


class Budget(models.Model):
    """How many calls a network still allows until a time, shared by all sources and workers of its `key`."""

    key = models.CharField(max_length=100, unique=True)
    """Network, account and kind of calls; see `Network.allowance_key`."""
    limit = models.PositiveIntegerField(default=0)
    left = models.PositiveIntegerField()
    resets_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.key
