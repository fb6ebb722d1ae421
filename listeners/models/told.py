"""What rows that are told to people have in common."""

from __future__ import annotations

from django.db import models


class Told(models.Model):
    """A row of which people hear at the addresses for alarms; `reached` holds fingerprints of those that did.

    Only the others are tried again.
    """

    reached = models.JSONField(default=list, blank=True)
    failures = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField()
    """When it is told, or tried to be told, next."""

    class Meta:
        """Not a table of its own."""

        abstract = True
